using AzImageTools.Disks;
using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Images;
using AzImageTools.Disks.Registry;
using AzImageTools.Disks.Repair;
using AzImageTools.Sandbox;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Upload;
using AzImageTools.Services.Upload.Target;
using AzImageTools.TestKit;

namespace AzImageTools.Services.Tests.Upload;

/// <summary>Uploads of a disk with the changes that are kept beside it.</summary>
public sealed class RepairUploadTests : IDisposable
{
    private const string Key = @"HKLM\SYSTEM\CurrentControlSet\Services\cdrom";
    private static readonly PageBlobTarget Target = new("sandboximages", "vhds", "web01.vhd");
    private static readonly VirtualDiskOptions Repaired = new() { UsesRepair = true };
    private readonly TempFolder _folder = new();
    private readonly SandboxCloud _cloud = new();

    public void Dispose()
    {
        _cloud.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task An_upload_that_broke_off_goes_on_to_exactly_the_disk_and_its_changes()
    {
        string source = TestDisk.Find("ready.raw").Unpack(_folder);
        byte[] before = await ReadAsync(source);
        Change(source, 3);
        using UploadCloud cloud = await UploadCloud.ConnectAsync(_cloud);
        _cloud.Inject(UploadCloud.FailingPages("blob", after: 4));
        await Assert.ThrowsAsync<PlanFailedException>(() => cloud.UploadAsync(source, Target, Use, throttleLimit: 1));

        VhdUpload upload = await cloud.UploadAsync(source, Target, request => Use(request) with { Verify = true });

        Assert.NotEqual(0, upload.BytesResumed);
        Assert.True(upload.Verified);
        byte[] expected = new byte[before.Length];
        using (OpenedImage image = OpenedImage.Open(source, Repaired, TestContext.Current.CancellationToken))
        {
            image.Source.Read(0, expected);
        }

        byte[] held = await ReadAsync(_cloud.FindBlobFile(upload.Uri!)!);
        Assert.False(expected.AsSpan().SequenceEqual(before));
        Assert.True(expected.AsSpan().SequenceEqual(held.AsSpan(0, before.Length)));
        byte[] after = await ReadAsync(source);
        Assert.True(before.AsSpan().SequenceEqual(after));
    }

    [Theory]
    [InlineData(null, 3)]
    [InlineData(3, null)]
    [InlineData(3, 4)]
    public async Task An_upload_that_began_with_other_changes_is_refused_and_sent_anew_with_Restart(int? first, int? second)
    {
        string source = TestDisk.Find("ready.raw").Unpack(_folder);
        using UploadCloud cloud = await UploadCloud.ConnectAsync(_cloud);
        _cloud.Inject(UploadCloud.FailingPages("blob", after: 4));
        await Assert.ThrowsAsync<PlanFailedException>(() => cloud.UploadAsync(source, Target, Choose(source, first), throttleLimit: 1));

        Func<UploadRequest, UploadRequest> choice = Choose(source, second);
        ImageServiceException error = await Assert.ThrowsAsync<ImageServiceException>(() => cloud.UploadAsync(source, Target, choice));
        VhdUpload upload = await cloud.UploadAsync(source, Target, request => choice(request) with { Restart = true });

        Assert.Equal(("RepairDiffers", ErrorKind.InvalidState), (error.ErrorId, error.Kind));
        Assert.Contains("-Restart", error.Message);
        Assert.Equal(0, upload.BytesResumed);
    }

    private static UploadRequest Use(UploadRequest request) => request with { DiskOptions = Repaired };

    private static Func<UploadRequest, UploadRequest> Choose(string source, int? start)
    {
        if (start is null)
        {
            return static request => request;
        }

        if (DiskRepair.Find(source) is not null)
        {
            DiskRepair.Undo(source);
        }

        Change(source, (uint)start);
        return Use;
    }

    private static void Change(string source, uint start)
    {
        using GuestRepair repair = GuestRepair.Open(source);
        repair.Apply(new RegistryEdit(Key, "Start", RegistryValueType.DWord, start));
        repair.Keep();
    }

    private static Task<byte[]> ReadAsync(string path) => File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
}
