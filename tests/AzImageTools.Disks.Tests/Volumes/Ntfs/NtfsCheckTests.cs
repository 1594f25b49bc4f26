using System.Buffers.Binary;
using AzImageTools.Disks.Images;
using AzImageTools.Disks.Overlay;
using AzImageTools.Disks.Tests.Conversion.FreeSpace;
using AzImageTools.Disks.Volumes;
using AzImageTools.Disks.Volumes.Ntfs;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Volumes.Ntfs;

/// <summary>Structures of a volume that mkntfs and ntfscp made, each spoilt against the others: the check finds what.</summary>
public sealed class NtfsCheckTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_sound_volume_has_nothing() => Assert.Empty(Check(await MakeAsync()));

    [Fact]
    public async Task A_cluster_that_a_file_uses_must_be_used_in_the_bitmap()
    {
        byte[] image = await MakeAsync();
        long cluster = Runs(image, "300000.bin")[0].VolumeOffset / ClusterSize(image);
        image[NtfsImage.FindBitmap(image) + (int)(cluster / 8)] &= (byte)~(1 << (int)(cluster % 8));
        VolumeInconsistency found = Assert.Single(Check(image));
        Assert.Equal((cluster * ClusterSize(image), false), (found.Offset, found.IsLeak));
        Assert.Contains($"Cluster {cluster} is used by a file, and free", found.Problem);
    }

    [Fact]
    public async Task A_cluster_that_no_file_uses_is_a_leak()
    {
        byte[] image = await MakeAsync();
        DiskExtent free = Open(image).GetFreeExtents().Last();
        long cluster = free.Offset / ClusterSize(image);
        image[NtfsImage.FindBitmap(image) + (int)(cluster / 8)] |= (byte)(1 << (int)(cluster % 8));
        Assert.True(Assert.Single(Check(image)).IsLeak);
    }

    [Fact]
    public async Task Two_files_may_not_use_one_cluster()
    {
        byte[] image = await MakeAsync();
        using DiskOverlay overlay = new(new MemoryByteSource(image));
        NtfsVolume volume = new(overlay);
        (long record, NtfsAttribute data) = Data(volume, image, "5000.bin");
        byte[] runs = RunList.Encode([new FileRun(0, Runs(image, "300000.bin")[0].VolumeOffset, Runs(image, "5000.bin").Sum(static run => run.Length))], volume.Boot.ClusterSize);
        volume.RewriteRecord(record, bytes => runs.CopyTo(bytes, data.OffsetInRecord + BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(data.OffsetInRecord + 32))));
        Assert.Contains(Check(overlay), static found => found.Problem.Contains("and by another or twice", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_record_in_use_must_be_so_in_the_tables_bitmap_and_in_a_folder()
    {
        byte[] image = await MakeAsync();
        using DiskOverlay overlay = new(new MemoryByteSource(image));
        NtfsVolume volume = new(overlay);
        (long record, _) = Data(volume, image, "100.bin");
        volume.RewriteRecord(record, RecordEditor.Free);
        string[] found = [.. Check(overlay).Select(static one => one.Problem)];
        Assert.Contains(found, text => text.Contains($"Record {record} is free, and in use in the table's bitmap", StringComparison.Ordinal));
        Assert.Contains(found, static text => text.Contains("'100.bin' for record", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_name_that_its_folder_does_not_have_is_found()
    {
        byte[] image = await MakeAsync();
        using DiskOverlay overlay = new(new MemoryByteSource(image));
        NtfsVolume volume = new(overlay);
        FileReference file = FileReference.FromValue(Open(image).GetEntry("100.bin")!.Location.Number);
        NtfsFile opened = volume.OpenFile(file);
        new FolderIndexEditor(volume, volume.OpenFile(NtfsPathWalker.RootRecord)).Remove(opened.Names.First(), file);
        Assert.Contains(Check(overlay), static found => found.Problem.Contains("('100.bin') and what the folders have of it differ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Names_must_be_in_order()
    {
        byte[] image = await MakeAsync();
        using DiskOverlay overlay = new(new MemoryByteSource(image));
        NtfsVolume volume = new(overlay);
        FileReference file = FileReference.FromValue(Open(image).GetEntry("0.bin")!.Location.Number);
        new FolderIndexEditor(volume, volume.OpenFile(NtfsPathWalker.RootRecord)).Describe(volume.OpenFile(file).Names.First(), file, static (bytes, offset) => bytes[offset + 66] = (byte)'z');
        Assert.Contains(Check(overlay), static found => found.Problem.Contains("comes after 'z.bin'", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_copy_of_the_first_records_must_be_one()
    {
        byte[] image = await MakeAsync();
        image[(BinaryPrimitives.ReadInt64LittleEndian(image.AsSpan(56)) * ClusterSize(image)) + 1024 + 300] ^= 1;
        Assert.Contains("$MFTMirr differ", Assert.Single(Check(image)).Problem);
    }

    private static int ClusterSize(byte[] image) => image[13] * 512;

    private static IFileSystem Open(byte[] image) => FileSystem.TryOpen(new MemoryByteSource(image))!;

    private static FileRun[] Runs(byte[] image, string name)
        => [.. new NtfsVolume(new MemoryByteSource(image)).OpenFile(FileReference.FromValue(Open(image).GetEntry(name)!.Location.Number)).LocateData()!.Value.Runs];

    private static (long Record, NtfsAttribute Data) Data(NtfsVolume volume, byte[] image, string name)
    {
        (FileRecord record, NtfsAttribute data, _) = volume.OpenFile(FileReference.FromValue(Open(image).GetEntry(name)!.Location.Number)).LocateData()!.Value;
        return (record.Number, data);
    }

    private static List<VolumeInconsistency> Check(byte[] image) => Check(new MemoryByteSource(image));

    private static List<VolumeInconsistency> Check(IByteSource volume) => [.. Assert.IsType<IVolumeCheck>(FileSystem.TryOpen(volume), exactMatch: false).Check()];

    private async Task<byte[]> MakeAsync() => await File.ReadAllBytesAsync(await NoisyVolume.MakeNtfsAsync(_folder), TestContext.Current.CancellationToken);
}
