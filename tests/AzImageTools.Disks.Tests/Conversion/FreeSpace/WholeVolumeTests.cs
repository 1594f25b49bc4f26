using System.Buffers.Binary;
using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Conversion;
using AzImageTools.Disks.Conversion.FreeSpace;
using AzImageTools.Disks.Images;
using AzImageTools.Disks.Partitions;
using AzImageTools.Disks.Tests.Volumes.Ntfs;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Conversion.FreeSpace;

/// <summary>Volumes of which everything is taken, since what they have as free may not be.</summary>
public sealed class WholeVolumeTests : IDisposable
{
    private const int SuperblockOffset = 1024;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task An_ntfs_volume_marked_for_a_check()
    {
        string image = await NoisyVolume.MakeNtfsAsync(_folder);
        byte[] bytes = await File.ReadAllBytesAsync(image, TestContext.Current.CancellationToken);
        int record = NtfsImage.FindRecord(bytes, 3);
        int flags = bytes.AsSpan(record, 1024).IndexOf((ReadOnlySpan<byte>)[3, 1, 0, 0]);
        bytes[record + flags + 2] |= 1;
        await AssertWholeAsync(image, bytes, "chkdsk");
    }

    [Fact]
    public async Task An_ntfs_volume_of_a_Windows_that_was_powered_off()
    {
        string image = await NoisyVolume.MakeNtfsAsync(_folder);
        byte[] bytes = await File.ReadAllBytesAsync(image, TestContext.Current.CancellationToken);
        NtfsLog.Write(bytes, (1, 1), isOpen: true, isMarkedClean: false);
        await AssertWholeAsync(image, bytes, "without a shutdown");
    }

    [Fact]
    public async Task An_ntfs_volume_of_a_Windows_that_hibernates()
    {
        string image = await NoisyVolume.MakeNtfsAsync(_folder);
        byte[] header = new byte[4096];
        "HIBR"u8.CopyTo(header);
        await NoisyVolume.CopyToNtfsAsync(_folder, image, "hiberfil.sys", header);
        await AssertWholeAsync(image, "hibernates");
    }

    [Fact]
    public async Task Every_volume_beside_one_that_hibernates()
    {
        ExternalTool.SkipUnlessInstalled("sgdisk");
        string hibernated = await NoisyVolume.MakeNtfsAsync(_folder);
        await NoisyVolume.CopyToNtfsAsync(_folder, hibernated, "hiberfil.sys", [.. "HIBR"u8, .. new byte[5000]]);
        string other = await NoisyVolume.MakeFatAsync(_folder, "16");
        using VirtualDisk disk = DiskOpener.Open(await MakeDiskAsync((other, "0700"), (hibernated, "0700")));
        FreeSpaceFilter filter = new OpenedImage(disk).FreeSpace;

        Assert.All(filter.Volumes, static volume => Assert.Contains("hibernate", volume.WholeBecause, StringComparison.Ordinal));
        Assert.Equal(0, filter.BytesSkipped);
        Assert.Equal(2, filter.Warnings.Count());
    }

    [Theory]
    [InlineData(2L, 0, true)]
    [InlineData(3L, 0, true)]
    [InlineData(1L, 0, false)]
    [InlineData(0L, 0, false)]
    [InlineData(0L, 1, true)]
    public async Task An_ntfs_volume_with_shadow_copies(long entryType, int otherStorage, bool isWhole)
    {
        string image = await NoisyVolume.MakeNtfsAsync(_folder);
        byte[] bytes = await File.ReadAllBytesAsync(image, TestContext.Current.CancellationToken);
        int catalog = bytes.Length / 4 * 3 / 0x4000 * 0x4000;
        WriteRecord(bytes.AsSpan(0x1E00), 1, catalog, 48);
        bytes.AsSpan(0x1E00 + 64, 32).Fill(5);
        bytes[0x1E00 + 80] += (byte)otherStorage;
        WriteRecord(bytes.AsSpan(catalog), 2, 0, 40);
        bytes.AsSpan(catalog + 128, 0x4000 - 128).Clear();
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(catalog + 256), entryType);
        await File.WriteAllBytesAsync(image, bytes, TestContext.Current.CancellationToken);

        FreeSpaceVolume volume = SkippedDisk.Survey(image);
        Assert.Equal(isWhole, !volume.IsSkipped);
        Assert.True(!isWhole || volume.WholeBecause!.Contains("shadow copies", StringComparison.Ordinal), volume.WholeBecause);
    }

    [Fact]
    public async Task An_ntfs_volume_whose_bitmap_has_the_file_systems_own_clusters_as_free()
    {
        string image = await NoisyVolume.MakeNtfsAsync(_folder);
        byte[] bytes = await File.ReadAllBytesAsync(image, TestContext.Current.CancellationToken);
        int bitmap = NtfsImage.FindBitmap(bytes);
        bytes.AsSpan(bitmap, 64).Clear();
        await AssertWholeAsync(image, bytes, "$Bitmap");
    }

    [Theory]
    [InlineData(0x3A, 0, "not unmounted")]
    [InlineData(0x3A, 3, "errors")]
    [InlineData(0x60, 0x46, "journal")]
    [InlineData(0x64, 0x80 | 0x3, "features")]
    [InlineData(0x0C, 0x11, "superblock")]
    public async Task An_ext_volume_whose_superblock_gives_cause(int offset, byte value, string reason)
    {
        string image = await NoisyVolume.MakeExtAsync(_folder, "ext4", "-O ^metadata_csum,^64bit,^flex_bg");
        byte[] bytes = await File.ReadAllBytesAsync(image, TestContext.Current.CancellationToken);
        Assert.True(SkippedDisk.Survey(image).IsSkipped);
        bytes[SuperblockOffset + offset] = value;
        await AssertWholeAsync(image, bytes, reason);
    }

    [Fact]
    public async Task A_fat_volume_that_was_not_unmounted()
    {
        string image = await NoisyVolume.MakeFatAsync(_folder, "32");
        byte[] bytes = await File.ReadAllBytesAsync(image, TestContext.Current.CancellationToken);
        int table = BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(14)) * 512;
        bytes[table + 7] &= 0xF7;
        await AssertWholeAsync(image, bytes, "not unmounted");
    }

    [Fact]
    public async Task A_cluster_that_one_of_the_two_tables_of_a_fat_volume_has_in_use()
    {
        string image = await NoisyVolume.MakeFatAsync(_folder, "16");
        byte[] bytes = await File.ReadAllBytesAsync(image, TestContext.Current.CancellationToken);
        int table = BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(14)) * 512;
        int length = BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(22)) * 512;
        long before = SkippedDisk.Survey(image).FreeBytes;
        bytes.AsSpan(table + length + 4000, 2).Fill(0xFF);
        await File.WriteAllBytesAsync(image, bytes, TestContext.Current.CancellationToken);
        Assert.Equal(before - (bytes[13] * 512), SkippedDisk.Survey(image).FreeBytes);
    }

    [Fact]
    public async Task An_encrypted_volume()
    {
        string image = await NoisyVolume.MakeNtfsAsync(_folder);
        byte[] bytes = await File.ReadAllBytesAsync(image, TestContext.Current.CancellationToken);
        "-FVE-FS-"u8.CopyTo(bytes.AsSpan(3));
        await AssertWholeAsync(image, bytes, "encrypted");
    }

    [Fact]
    public async Task A_volume_of_a_kind_that_is_not_known()
        => await AssertWholeAsync(await NoisyVolume.MakeNoiseAsync(_folder.File("noise.img"), 4), "not known");

    [Fact]
    public async Task A_volume_with_the_signature_of_another_beside_its_own()
    {
        string image = await NoisyVolume.MakeNtfsAsync(_folder);
        byte[] bytes = await File.ReadAllBytesAsync(image, TestContext.Current.CancellationToken);
        "SWAPSPACE2"u8.CopyTo(bytes.AsSpan(65526));
        await AssertWholeAsync(image, bytes, "Ntfs and Swap");
    }

    [Fact]
    public async Task A_partition_that_may_be_a_part_of_a_volume_on_several_disks()
    {
        ExternalTool.SkipUnlessInstalled("sgdisk");
        using VirtualDisk disk = DiskOpener.Open(await MakeDiskAsync((await NoisyVolume.MakeNtfsAsync(_folder), "4202")));
        Assert.Contains("several disks", Assert.Single(new OpenedImage(disk).FreeSpace.Volumes).WholeBecause, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Partitions_that_overlap()
    {
        string image = await NoisyVolume.MakeNtfsAsync(_folder);
        string path = _folder.File("mbr.raw");
        byte[] bytes = new byte[40 << 20];
        (await File.ReadAllBytesAsync(image, TestContext.Current.CancellationToken)).CopyTo(bytes, 1 << 20);
        foreach ((int entry, int start, int count) in new[] { (446, 2048, 24 * 2048), (462, 20 * 2048, 2048) })
        {
            bytes[entry + 4] = 7;
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(entry + 8), start);
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(entry + 12), count);
        }

        bytes[510] = 0x55;
        bytes[511] = 0xAA;
        await File.WriteAllBytesAsync(path, bytes, TestContext.Current.CancellationToken);
        using VirtualDisk disk = DiskOpener.Open(path);
        FreeSpaceFilter filter = new OpenedImage(disk).FreeSpace;
        Assert.Equal(["it overlaps partition 2"], filter.Volumes.Select(static volume => volume.WholeBecause));
        Assert.Equal(0, filter.BytesSkipped);
    }

    /// <summary>The backup's header, at the disk's end, may have its entries right before it, or anywhere.</summary>
    [Theory]
    [InlineData(25, 33)]
    [InlineData(26, 10_000)]
    public async Task A_volume_that_reaches_over_the_backup_of_the_partition_table(int mebibytes, int entriesBefore)
    {
        const int EntriesLength = 128 * 128;
        int lastSector = (mebibytes << 11) - 1;
        byte[] bytes = new byte[mebibytes << 20];
        (await File.ReadAllBytesAsync(await NoisyVolume.MakeNtfsAsync(_folder), TestContext.Current.CancellationToken)).CopyTo(bytes, 1 << 20);
        bytes[446 + 4] = 0xEE;
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(446 + 8), 1);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(446 + 12), lastSector);
        (bytes[510], bytes[511]) = (0x55, 0xAA);
        foreach ((int lba, int alternate, int entriesLba) in new[] { (1, lastSector, 2), (lastSector, 1, lastSector - entriesBefore) })
        {
            Span<byte> entries = bytes.AsSpan(entriesLba * 512, EntriesLength);
            entries.Clear();
            PartitionTypes.BasicData.ToByteArray().CopyTo(entries);
            BinaryPrimitives.WriteInt64LittleEndian(entries[32..], 2048);
            BinaryPrimitives.WriteInt64LittleEndian(entries[40..], (25 << 11) - 1);
            Span<byte> header = bytes.AsSpan(lba * 512, 512);
            header.Clear();
            "EFI PART"u8.CopyTo(header);
            BinaryPrimitives.WriteInt32LittleEndian(header[8..], 0x00010000);
            BinaryPrimitives.WriteInt32LittleEndian(header[12..], 92);
            BinaryPrimitives.WriteInt64LittleEndian(header[24..], lba);
            BinaryPrimitives.WriteInt64LittleEndian(header[32..], alternate);
            BinaryPrimitives.WriteInt64LittleEndian(header[72..], entriesLba);
            BinaryPrimitives.WriteInt32LittleEndian(header[80..], 128);
            BinaryPrimitives.WriteInt32LittleEndian(header[84..], 128);
            BinaryPrimitives.WriteUInt32LittleEndian(header[88..], ReflectedCrc32.Ieee.Compute(entries));
            BinaryPrimitives.WriteUInt32LittleEndian(header[16..], ReflectedCrc32.Ieee.ComputeWithout(header[..92], 16));
        }

        await AssertWholeAsync(_folder.File("gpt.raw"), bytes, "it overlaps the partition table");
    }

    private static void WriteRecord(Span<byte> record, int type, long offset, int at)
    {
        record[..128].Clear();
        new Guid("3808876b-c176-4e48-b7ae-04046e6cc752").TryWriteBytes(record);
        BinaryPrimitives.WriteInt32LittleEndian(record[16..], 1);
        BinaryPrimitives.WriteInt32LittleEndian(record[20..], type);
        BinaryPrimitives.WriteInt64LittleEndian(record[at..], offset);
    }

    private async Task<string> MakeDiskAsync(params (string Volume, string Type)[] partitions)
    {
        string path = _folder.File("disk.raw");
        List<string> arguments = [];
        await using (FileStream file = File.Create(path))
        {
            long mebibyte = 1;
            foreach ((string volume, string type) in partitions)
            {
                byte[] content = await File.ReadAllBytesAsync(volume, TestContext.Current.CancellationToken);
                file.Position = mebibyte << 20;
                await file.WriteAsync(content, TestContext.Current.CancellationToken);
                arguments.AddRange(["-n", $"{(arguments.Count / 4) + 1}:{mebibyte}M:+{content.Length >> 20}M", "-t", $"{(arguments.Count / 4) + 1}:{type}"]);
                mebibyte += content.Length >> 20;
            }

            file.SetLength((mebibyte + 1) << 20);
        }

        await ExternalTool.RunAsync("sgdisk", [.. arguments, path]);
        return path;
    }

    private async Task AssertWholeAsync(string image, byte[] bytes, string reason)
    {
        await File.WriteAllBytesAsync(image, bytes, TestContext.Current.CancellationToken);
        await AssertWholeAsync(image, reason);
    }

    private async Task AssertWholeAsync(string image, string reason)
    {
        (VhdConversion made, string copy) = await SkippedDisk.ConvertAsync(_folder, image);
        FreeSpaceVolume volume = Assert.Single(made.FreeSpace);
        Assert.Contains(reason, volume.WholeBecause, StringComparison.Ordinal);
        Assert.Equal((false, 0L, 0L), (made.FreeSpaceSkipped, made.BytesSkippedAsFree, volume.FreeBytes));
        Assert.Equal(0, await SkippedDisk.CountZeroedAsync(image, copy, 512));
        using VirtualDisk disk = DiskOpener.Open(image);
        Assert.Contains(reason, Assert.Single(new OpenedImage(disk).FreeSpace.Warnings), StringComparison.Ordinal);
    }
}
