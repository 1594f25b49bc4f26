using AzImageTools.Disks;
using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Conversion;
using AzImageTools.Disks.Conversion.FreeSpace;
using AzImageTools.Disks.Images;
using AzImageTools.Sandbox;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Upload;
using AzImageTools.Services.Upload.Target;
using AzImageTools.Services.Upload.Transfer;
using AzImageTools.TestKit;

namespace AzImageTools.Services.Tests.Upload;

/// <summary>Uploads that leave out what the guest's file systems have as free.</summary>
public sealed class FreeSpaceUploadTests : IDisposable
{
    private const int Block = 512;
    private const int Remains = 1 << 20;
    private static readonly PageBlobTarget Target = new("sandboximages", "vhds", "web01.vhd");
    private readonly TempFolder _folder = new();
    private readonly SandboxCloud _cloud = new();

    public void Dispose()
    {
        _cloud.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task What_is_free_is_zero_in_the_cloud_and_all_else_is_the_disks()
    {
        string source = CreateDisk();
        using UploadCloud cloud = await UploadCloud.ConnectAsync(_cloud);

        VhdUpload upload = await cloud.UploadAsync(source, Target, request => request with { SkipFreeSpace = true, Verify = true });

        byte[] before = await File.ReadAllBytesAsync(source, TestContext.Current.CancellationToken);
        byte[] held = await File.ReadAllBytesAsync(_cloud.FindBlobFile(upload.Uri!)!, TestContext.Current.CancellationToken);
        Assert.Equal($"{Crc64Nvme.Compute(held.AsSpan(0, held.Length - Block)):X16}", upload.Crc64);
        Assert.True(upload.FreeSpaceSkipped);
        Assert.Equal(Remains, CountZeroed(before, held));
        Assert.True(upload.BytesSkippedAsFree >= Remains);
        Assert.Equal(upload.Capacity, upload.BytesSkipped + upload.BytesSent - Block);
        Assert.True(upload.Verified);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_upload_that_began_with_another_choice_is_refused_and_sent_anew_with_Restart(bool skippedFirst)
    {
        string source = CreateDisk();
        using UploadCloud cloud = await UploadCloud.ConnectAsync(_cloud);
        _cloud.Inject(UploadCloud.FailingPages("blob", after: 4));
        await Assert.ThrowsAsync<PlanFailedException>(() => cloud.UploadAsync(source, Target, request => request with { SkipFreeSpace = skippedFirst }, throttleLimit: 1));

        ImageServiceException error = await Assert.ThrowsAsync<ImageServiceException>(
            () => cloud.UploadAsync(source, Target, request => request with { SkipFreeSpace = !skippedFirst }));
        VhdUpload upload = await cloud.UploadAsync(source, Target, request => request with { SkipFreeSpace = !skippedFirst, Restart = true });

        Assert.Equal("FreeSpaceDiffers", error.ErrorId);
        Assert.Contains("-Restart", error.Message);
        Assert.Equal((!skippedFirst, 0), (upload.FreeSpaceSkipped, upload.BytesResumed));
    }

    [Fact]
    public async Task An_upload_that_broke_off_goes_on_leaving_out_the_same()
    {
        string source = CreateDisk();
        using UploadCloud cloud = await UploadCloud.ConnectAsync(_cloud);
        _cloud.Inject(UploadCloud.FailingPages("blob", after: 4));
        await Assert.ThrowsAsync<PlanFailedException>(() => cloud.UploadAsync(source, Target, request => request with { SkipFreeSpace = true }, throttleLimit: 1));

        VhdUpload upload = await cloud.UploadAsync(source, Target, request => request with { SkipFreeSpace = true });

        byte[] held = await File.ReadAllBytesAsync(_cloud.FindBlobFile(upload.Uri!)!, TestContext.Current.CancellationToken);
        Assert.NotEqual(0, upload.BytesResumed);
        Assert.Equal($"{Crc64Nvme.Compute(held.AsSpan(0, held.Length - Block)):X16}", upload.Crc64);
        Assert.Equal(Remains, CountZeroed(await File.ReadAllBytesAsync(source, TestContext.Current.CancellationToken), held));
    }

    /// <summary>A disk with Windows, and what a deleted file left in the free space of its NTFS volume.</summary>
    private string CreateDisk()
    {
        string path = TestDisk.Find("ready.raw").Unpack(_folder);
        File.WriteAllBytes(path, File.ReadAllBytes(path)); // without holes: what is no extent then is free
        long free;
        using (VirtualDisk disk = DiskOpener.Open(path))
        {
            FreeSpaceFilter filter = new OpenedImage(disk).FreeSpace;
            FreeSpaceVolume volume = filter.Volumes.Single(volume => volume is { FileSystem: Disks.Volumes.FileSystemKind.Ntfs, IsSkipped: true });
            List<DiskExtent> used = [.. filter.GetExtents(volume.Offset, volume.Length)];
            free = used.Zip(used.Skip(1)).First(pair => pair.Second.Offset - pair.First.End >= Remains).First.End;
        }

        byte[] remains = new byte[Remains];
        new Random(7).NextBytes(remains);
        using FileStream file = File.OpenWrite(path);
        file.Position = free;
        file.Write(remains);
        return path;
    }

    /// <summary>Fails unless each sector is the disk's or zero; returns the bytes that became zero.</summary>
    private static long CountZeroed(byte[] disk, byte[] held)
    {
        long zeroed = 0;
        for (int offset = 0; offset < disk.Length; offset += Block)
        {
            ReadOnlySpan<byte> one = disk.AsSpan(offset, Block);
            ReadOnlySpan<byte> other = held.AsSpan(offset, Block);
            bool isSame = one.SequenceEqual(other);
            Assert.True(isSame || ZeroScanner.IsZero(other), $"The sector at {offset} is neither the disk's nor zero.");
            zeroed += isSame ? 0 : Block;
        }

        return zeroed;
    }
}
