using AzImageTools.Sandbox;
using AzImageTools.Services.Upload;
using AzImageTools.Services.Upload.Target;
using AzImageTools.TestKit;

namespace AzImageTools.Services.Tests.Upload;

/// <summary>How large a disk may be, footer included: 8 TiB as a page blob; as a managed disk 32,767 GiB and the footer.</summary>
public sealed class UploadLimitTests : IDisposable
{
    private const long MiB = 1 << 20;
    private const long LargestBlobDisk = (8L << 40) - MiB;
    private const long LargestManagedDisk = 32767L << 30;
    private static readonly PageBlobTarget Blob = new("sandboximages", "vhds", "web01.vhd");
    private static readonly ManagedDiskTarget Disk = new("sandbox-rg", "web01");
    private readonly TempFolder _folder = new();
    private readonly SandboxCloud _cloud = new();

    public static TheoryData<UploadTarget, long, string?> Sizes => new()
    {
        { Blob, LargestBlobDisk, null },
        { Blob, LargestBlobDisk + 512, "DiskTooLarge" },
        { Blob, LargestBlobDisk + MiB, "DiskTooLarge" },
        { Disk, LargestManagedDisk, null },
        { Disk, LargestManagedDisk + 512, "DiskNotUploadable" },
        { Disk, LargestManagedDisk + MiB, "DiskNotUploadable" },
    };

    public void Dispose()
    {
        _cloud.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [MemberData(nameof(Sizes), DisableDiscoveryEnumeration = true)]
    public async Task The_largest_disk_is_planned_and_a_sector_more_is_refused_before_anything_is_created(UploadTarget target, long capacity, string? errorId)
    {
        string source = CreateEmptyDisk(capacity);
        using UploadCloud cloud = await UploadCloud.ConnectAsync(_cloud);

        Exception? error = await Record.ExceptionAsync(
            () => Uploads.PlanAsync(cloud.Session, new UploadRequest { Path = source, Target = target }, OperationContext.None));

        Assert.Equal(errorId, (error as ImageServiceException)?.ErrorId);
        Assert.DoesNotContain(_cloud.Requests, request => request.Method == "PUT");
    }

    /// <summary>A VMDK that is all zeros, and a text alone.</summary>
    private string CreateEmptyDisk(long capacity)
    {
        string path = _folder.File("large.vmdk");
        File.WriteAllText(path, $"# Disk DescriptorFile\nversion=1\nCID=fffffffe\nparentCID=ffffffff\ncreateType=\"custom\"\n\nRW {capacity / 512} ZERO\n");
        return path;
    }
}
