using System.Buffers.Binary;
using System.Text;
using AzImageTools.Disks.Images;
using AzImageTools.Disks.Volumes;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Volumes;

public sealed class VolumeLabelTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private string Image => _folder.File("volume.raw");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(FileSystemKind.Swap, 1, "mkswap", "-q", "-L", "Größe swap")]
    [InlineData(FileSystemKind.Btrfs, 128, "mkfs.btrfs", "-q", "-L", "Größe btrfs")]
    [InlineData(FileSystemKind.Luks, 32, "cryptsetup", "luksFormat", "-q", "--type", "luks2", "--pbkdf", "pbkdf2", "--pbkdf-force-iterations", "1000", "--key-file", "/proc/version", "--label", "secret disk")]
    [InlineData(FileSystemKind.Luks, 32, "cryptsetup", "luksFormat", "-q", "--type", "luks1", "--pbkdf-force-iterations", "1000", "--key-file", "/proc/version")]
    [InlineData(FileSystemKind.ExFat, 8, "mkfs.exfat")]
    [InlineData(FileSystemKind.Fat32, 64, "mkfs.vfat", "-F", "32", "-n", "FAT LABEL")]
    public async Task A_volume_is_named_and_labelled_as_blkid_does_though_its_files_may_not_be_read(FileSystemKind kind, int mebibytes, string program, params string[] arguments)
    {
        ExternalTool.SkipUnlessInstalled(program, "blkid");
        Create(mebibytes << 20);
        await ExternalTool.RunAsync(program, [.. arguments, Image]);

        DiskVolume volume = Open();
        Assert.Equal(kind, volume.Kind);
        Assert.Equal(await AskBlkidAsync("LABEL"), volume.Label);
        Assert.Equal(volume.FileSystem is null, volume.NotReadBecause is not null);
    }

    [Fact]
    public async Task A_label_that_was_erased_is_not_shown_though_the_boot_sector_still_has_it()
    {
        ExternalTool.SkipUnlessInstalled("mkfs.vfat", "mlabel", "blkid");
        Create(64 << 20);
        await ExternalTool.RunAsync("mkfs.vfat", "-F", "32", "-n", "OLD LABEL", Image);
        byte[] boot = await File.ReadAllBytesAsync(Image, TestContext.Current.CancellationToken);
        await ExternalTool.RunAsync("mlabel", "-c", "-i", Image, "::");

        // Windows erases the entry in the root folder only.
        await using (FileStream file = File.OpenWrite(Image))
        {
            file.Write(boot, 0, 512);
        }

        Assert.Equal(string.Empty, await AskBlkidAsync("LABEL"));
        Assert.Equal(string.Empty, Open().Label);
    }

    [Fact]
    public async Task A_label_that_begins_with_the_mark_of_a_deleted_entry_is_decoded()
    {
        ExternalTool.SkipUnlessInstalled("mkfs.vfat");
        Create(4 << 20);
        await ExternalTool.RunAsync("mkfs.vfat", "-F", "12", "-n", "XABEL", Image);
        byte[] image = await File.ReadAllBytesAsync(Image, TestContext.Current.CancellationToken);
        int entry = image.AsSpan(512).IndexOf("XABEL      \u0008"u8) + 512;
        image[entry] = 0x05;

        Assert.Equal("σABEL", new OpenedImage(new MemoryByteSource(image)).Volumes[0].Label);
    }

    [Theory]
    [InlineData(4096L, 1)]
    [InlineData(0L, 1)]
    [InlineData((8L << 20) - 8192, 1)]
    [InlineData((8L << 20) - 65536, 0)]
    public async Task A_member_of_a_software_raid_is_named_wherever_its_superblock_lies(long offset, int version)
    {
        ExternalTool.SkipUnlessInstalled("blkid");
        byte[] image = new byte[8 << 20];
        Span<byte> superblock = image.AsSpan((int)offset, 4096);
        BinaryPrimitives.WriteUInt32LittleEndian(superblock, 0xA92B4EFC);
        BinaryPrimitives.WriteUInt32LittleEndian(superblock[4..], (uint)version);
        if (version == 1)
        {
            // md_p.h: the name, the place of the superblock in sectors, and a checksum over the 256 bytes of one without devices.
            "host:data"u8.CopyTo(superblock[32..]);
            BinaryPrimitives.WriteInt64LittleEndian(superblock[144..], offset / 512);
            ulong sum = 0;
            for (int i = 0; i < 256; i += 4)
            {
                sum += BinaryPrimitives.ReadUInt32LittleEndian(superblock[i..]);
            }

            BinaryPrimitives.WriteUInt32LittleEndian(superblock[216..], (uint)((sum & uint.MaxValue) + (sum >> 32)));
        }
        else
        {
            BinaryPrimitives.WriteUInt32LittleEndian(superblock[8..], 90);
            uint sum = 0;
            for (int i = 0; i < 4096; i += 4)
            {
                sum += BinaryPrimitives.ReadUInt32LittleEndian(superblock[i..]);
            }

            BinaryPrimitives.WriteUInt32LittleEndian(superblock[152..], sum);
        }

        await File.WriteAllBytesAsync(Image, image, TestContext.Current.CancellationToken);
        DiskVolume volume = Open();
        Assert.Equal("linux_raid_member", await AskBlkidAsync("TYPE"));
        Assert.Equal((FileSystemKind.LinuxRaid, await AskBlkidAsync("LABEL")), (volume.Kind, volume.Label));
        Assert.Equal(version == 1 ? "host:data" : string.Empty, volume.Label);
    }

    [Fact]
    public async Task A_zfs_pool_is_named_by_its_label_as_blkid_does()
    {
        ExternalTool.SkipUnlessInstalled("blkid");
        byte[] image = new byte[64 << 20];
        List<byte> pairs = [1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
        AddPair(pairs, "version", 8, 1, [0, 0, 0, 0, 0, 0, 0x13, 0x88]);
        AddPair(pairs, "name", 9, 1, Text("tank"));
        pairs.AddRange(new byte[8]);

        // Each of the four labels: the pairs, and überblocks in its second half.
        foreach (int label in new[] { 0, 256 << 10, (64 << 20) - (512 << 10), (64 << 20) - (256 << 10) })
        {
            pairs.CopyTo(image, label + (16 << 10));
            for (int i = 0; i < 128; i++)
            {
                BinaryPrimitives.WriteUInt64LittleEndian(image.AsSpan(label + (128 << 10) + (i * 1024)), 0x00BAB10C);
            }
        }

        await File.WriteAllBytesAsync(Image, image, TestContext.Current.CancellationToken);
        DiskVolume volume = Open();
        Assert.Equal("tank", await AskBlkidAsync("LABEL"));
        Assert.Equal((FileSystemKind.Zfs, "tank"), (volume.Kind, volume.Label));
    }

    [Fact]
    public void A_bitlocker_volume_shows_the_description_that_windows_gave_it()
    {
        byte[] image = new byte[1 << 20];
        const int metadata = 0x10000;
        image[0] = 0xEB;
        image[1] = 0x58;
        image[2] = 0x90;
        "-FVE-FS-"u8.CopyTo(image.AsSpan(3));
        image[510] = 0x55;
        image[511] = 0xAA;
        BinaryPrimitives.WriteInt64LittleEndian(image.AsSpan(176), metadata);
        "-FVE-FS-"u8.CopyTo(image.AsSpan(metadata));
        byte[] text = Encoding.Unicode.GetBytes("PC1 Data 1/2/2026\0");
        byte[] key = new byte[40];
        BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(metadata + 64), (uint)(48 + 8 + key.Length + 8 + text.Length));
        int entry = metadata + 64 + 48;
        WriteEntry(image.AsSpan(entry), 2, 8, key);
        WriteEntry(image.AsSpan(entry + 8 + key.Length), 7, 2, text);

        Assert.Equal("PC1 Data 1/2/2026", new OpenedImage(new MemoryByteSource(image)).Volumes[0].Label);

        static void WriteEntry(Span<byte> at, ushort type, ushort value, byte[] data)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(at, (ushort)(8 + data.Length));
            BinaryPrimitives.WriteUInt16LittleEndian(at[2..], type);
            BinaryPrimitives.WriteUInt16LittleEndian(at[4..], value);
            data.CopyTo(at[8..]);
        }
    }

    [Fact]
    public void Lengths_that_lie_in_a_label_end_in_no_label()
    {
        Random random = new(17);
        foreach (FileSystemKind kind in Enum.GetValues<FileSystemKind>())
        {
            byte[] image = new byte[256 << 10];
            for (int i = 0; i < 200; i++)
            {
                random.NextBytes(image.AsSpan(0, 4096));
                random.NextBytes(image.AsSpan(16 << 10, 4096));
                BinaryPrimitives.WriteInt64LittleEndian(image.AsSpan(176), random.Next(0, 1 << 19));
                image[16 << 10] = 1;
                BinaryPrimitives.WriteUInt32BigEndian(image.AsSpan((16 << 10) + 12), (uint)random.Next(0, 1 << 18));
                Assert.NotNull(VolumeLabel.Read(new MemoryByteSource(image), kind));
            }

            Assert.Equal(string.Empty, VolumeLabel.Read(new MemoryByteSource([]), kind));
        }
    }

    private static byte[] Text(string text)
        => [0, 0, 0, (byte)text.Length, .. Encoding.ASCII.GetBytes(text), .. new byte[(4 - (text.Length % 4)) % 4]];

    private static void AddPair(List<byte> pairs, string name, byte type, byte count, byte[] data)
    {
        byte[] pair = [.. Text(name), 0, 0, 0, type, 0, 0, 0, count, .. data];
        pairs.AddRange([0, 0, 0, (byte)(8 + pair.Length), 0, 0, 0, (byte)(8 + pair.Length), .. pair]);
    }

    private void Create(long length)
    {
        using FileStream file = File.Create(Image);
        file.SetLength(length);
    }

    private DiskVolume Open() => Assert.Single(new OpenedImage(new MemoryByteSource(File.ReadAllBytes(Image))).Volumes);

    private async Task<string> AskBlkidAsync(string what)
        => (await ExternalTool.TryRunAsync("blkid", "-p", "-o", "value", "-s", what, Image)).Output.Trim();
}
