using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;
using AzImageTools.TestKit;

namespace AzImageTools.Tests.Hostile;

/// <summary>Disk images of kilobytes or megabytes that say of themselves what would take gigabytes or minutes to follow.</summary>
internal static class HostileDisks
{
    private const int Sector = 512;
    private const int Block = 4096;
    private const string Configuration = "Windows/System32/config/";

    /// <summary>Makes each, by its name.</summary>
    public static IReadOnlyDictionary<string, Func<TempFolder, Task<string>>> All { get; } = new Dictionary<string, Func<TempFolder, Task<string>>>
    {
        ["a value listed a million times"] = folder => MakeSystemAsync(folder, "Select", static (hive, key) => HostileHives.RepeatValue(hive, key, 1_000_000, 16_000)),
        ["a value listed eight million times"] = folder => MakeSystemAsync(folder, "Select", static (hive, key) => HostileHives.RepeatValue(hive, key, 8_000_000, 16_000)),
        ["a value with too long a name"] = folder => MakeSystemAsync(folder, "MountedDevices", static (hive, key) => HostileHives.RepeatValue(hive, key, 1_000_000, 32_000)),
        ["keys within one another"] = folder => MakeSystemAsync(folder, @"ControlSet001\Services", static (hive, key) => HostileHives.AddOverlappingKeys(hive, key, 90_000, 255)),
        ["keys with too long names"] = folder => MakeSystemAsync(folder, @"ControlSet001\Services", static (hive, key) => HostileHives.AddOverlappingKeys(hive, key, 90_000, 65_000)),
        ["keys that share their values"] = folder => MakeSystemAsync(folder, @"ControlSet001\Services", static (hive, key) => HostileHives.AddSharingKeys(hive, key, 10_000, 20_000)),
        ["keys without end"] = folder => MakeSystemAsync(folder, @"ControlSet001\Services", static (hive, key) => HostileHives.AddManyKeys(hive, key, 100_000)),
        ["an ext2 folder of one block"] = folder => MakeExtAsync(folder, "ext2", RepeatByPointers),
        ["an ext4 folder of one block"] = folder => MakeExtAsync(folder, "ext4", RepeatByExtents),
        ["QCOW2, one packed cluster"] = folder => MakeQcow2Async(folder, 9, 128L << 30, 4 << 20, (2L << 30) + (64 << 20), Qcow2Entries.Packed),
        ["QCOW2, one packed cluster and none in turn"] = folder => MakeQcow2Async(folder, 9, 128L << 30, 4 << 20, (2L << 30) + (64 << 20), Qcow2Entries.PackedOrNone),
        ["QCOW2, one large packed cluster"] = folder => MakeQcow2Async(folder, 21, 64L << 40, 128, 300 << 20, Qcow2Entries.Packed),
        ["QCOW2, one large packed cluster and none in turn"] = folder => MakeQcow2Async(folder, 21, 64L << 40, 128, 300 << 20, Qcow2Entries.PackedOrNone),
        ["QCOW2, a table for 2 TiB"] = folder => MakeQcow2Async(folder, 12, 2L << 40, 1 << 20, (4L << 30) + (64 << 20), Qcow2Entries.Packed),
        ["QCOW2, zeros and none in turn"] = folder => MakeQcow2Async(folder, 9, 128L << 30, 4 << 20, (2L << 30) + (64 << 20), Qcow2Entries.ZeroOrNone),
        ["QCOW2, one cluster and none in turn"] = folder => MakeQcow2Async(folder, 12, 2L << 40, 1 << 20, (4L << 30) + (64 << 20), Qcow2Entries.StoredOrNone),
        ["a GPT of partitions that overlap"] = static folder => MakePartitionsAsync(folder, 8192, overlap: true),
        ["a GPT of thousands of volumes"] = static folder => MakePartitionsAsync(folder, 8192, overlap: false),
    };

    /// <summary>What clusters a QCOW2's tables lead to.</summary>
    private enum Qcow2Entries
    {
        Packed,
        PackedOrNone,
        StoredOrNone,
        ZeroOrNone,
    }

    /// <summary>A disk of the same kind without anything hostile.</summary>
    public static Task<string> MakeSoundAsync(TempFolder folder) => MakeSystemAsync(folder, "Select", static (_, _) => { });

    private static async Task<string> MakeSystemAsync(TempFolder folder, string path, Action<HiveBuilder, uint> change)
    {
        string root = NewPath(folder, "root");
        Directory.CreateDirectory(Path.Combine(root, Configuration));
        await File.WriteAllBytesAsync(Path.Combine(root, Configuration, "SYSTEM"), HostileHives.System(path, change));
        await File.WriteAllBytesAsync(Path.Combine(root, Configuration, "SOFTWARE"), HostileHives.Software("Microsoft", static (_, _) => { }));
        string disk = NewPath(folder, "raw");
        await MakeFileSystemAsync(disk, 96 << 20, "-t", "ext4", "-O", "^metadata_csum", "-d", root);
        return disk;
    }

    private static async Task<string> MakeExtAsync(TempFolder folder, string type, Action<FileStream, byte[], long> repeat)
    {
        string disk = NewPath(folder, "raw");
        await MakeFileSystemAsync(disk, (2L << 30) + (64 << 20), "-t", type, "-O", "^metadata_csum", "-b", "4096");
        await using FileStream file = File.Open(disk, FileMode.Open);
        byte[] superblock = Read(file, 1024, 1024);
        long table = BinaryPrimitives.ReadUInt32LittleEndian(Read(file, Block + 8, 4)) * (long)Block;
        long place = table + BinaryPrimitives.ReadUInt16LittleEndian(superblock.AsSpan(88));
        byte[] root = Read(file, place, 128);
        repeat(file, root, (file.Length / Block) - 2000);
        Write(file, place, root);
        return disk;
    }

    /// <summary>The folder's one block again and again, by pointers to one block of pointers.</summary>
    private static void RepeatByPointers(FileStream file, byte[] root, long free)
    {
        uint own = BinaryPrimitives.ReadUInt32LittleEndian(root.AsSpan(40));
        uint[] map = [.. Enumerable.Repeat(own, 12), (uint)free, (uint)free + 1, 0];
        Write(file, free * Block, Numbers(own, Block / 4));
        Write(file, (free + 1) * Block, Numbers((uint)free, Block / 4));
        SetLength(root, 524_287);
        map.SelectMany(BitConverter.GetBytes).ToArray().CopyTo(root, 40);
    }

    /// <summary>The folder's one block again and again, by a tree of extents.</summary>
    private static void RepeatByExtents(FileStream file, byte[] root, long free)
    {
        const int Entries = 340;
        const int Leaves = 4 * Entries;
        uint own = BinaryPrimitives.ReadUInt32LittleEndian(root.AsSpan(40 + 12 + 8));
        for (int leaf = 0; leaf < Leaves; leaf++)
        {
            Write(file, (free + 4 + leaf) * Block, Node(0, Entries, Entries, i => ((leaf * Entries) + i, Extent(own))));
        }

        for (int index = 0; index < 4; index++)
        {
            int first = index;
            Write(file, (free + index) * Block, Node(1, Entries, Entries, i => (((first * Entries) + i) * Entries, Leaf(free + 4 + (first * Entries) + i))));
        }

        SetLength(root, Leaves * Entries);
        Node(2, 4, 4, i => (i * Entries * Entries, Leaf(free + i))).AsSpan(0, 60).CopyTo(root.AsSpan(40));

        // One block from a place on; the 48 bits of a place.
        static ulong Extent(uint place) => 1 | ((ulong)place << 32);
        static ulong Leaf(long place) => (ulong)place;
    }

    private static byte[] Node(int depth, int count, int room, Func<int, (int First, ulong Place)> entry)
    {
        byte[] node = new byte[Block];
        BinaryPrimitives.WriteUInt16LittleEndian(node, 0xF30A);
        BinaryPrimitives.WriteUInt16LittleEndian(node.AsSpan(2), (ushort)count);
        BinaryPrimitives.WriteUInt16LittleEndian(node.AsSpan(4), (ushort)room);
        BinaryPrimitives.WriteUInt16LittleEndian(node.AsSpan(6), (ushort)depth);
        for (int i = 0; i < count; i++)
        {
            (int first, ulong place) = entry(i);
            BinaryPrimitives.WriteInt32LittleEndian(node.AsSpan(12 + (12 * i)), first);
            BinaryPrimitives.WriteUInt64LittleEndian(node.AsSpan(16 + (12 * i)), place);
        }

        return node;
    }

    private static void SetLength(byte[] inode, long blocks) => BinaryPrimitives.WriteUInt32LittleEndian(inode.AsSpan(4), (uint)(blocks * Block));

    /// <summary>A QCOW2 whose first table leads to one second table everywhere, and that one to one cluster.</summary>
    private static async Task<string> MakeQcow2Async(TempFolder folder, int clusterBits, long capacity, int tables, long length, Qcow2Entries entries)
    {
        const ulong Copied = 1UL << 63;
        const ulong Packed = 1UL << 62;
        int cluster = 1 << clusterBits;
        long first = cluster;
        long second = (first + (tables * 8L) + cluster - 1) / cluster * cluster;
        long data = second + cluster;
        byte[] header = new byte[104];
        BinaryPrimitives.WriteUInt32BigEndian(header, 0x514649FB);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), 3);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(20), clusterBits);
        BinaryPrimitives.WriteInt64BigEndian(header.AsSpan(24), capacity);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(36), tables);
        BinaryPrimitives.WriteInt64BigEndian(header.AsSpan(40), first);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(96), 4);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(100), 104);
        byte[] packed = Pack(new byte[cluster]);
        ulong sectors = (ulong)(((data % Sector) + packed.Length + Sector - 1) / Sector) - 1;
        ulong one = (Packed | (sectors << (62 - (clusterBits - 8)))) | (ulong)data;
        byte[] table = new byte[cluster];
        for (int i = 0; i < cluster / 8; i++)
        {
            ulong entry = entries switch
            {
                Qcow2Entries.Packed => one,
                Qcow2Entries.PackedOrNone => i % 2 == 0 ? one : 0,
                Qcow2Entries.StoredOrNone => i % 2 == 0 ? 0 : Copied | (ulong)data,
                _ => i % 2 == 0 ? 0 : 1UL,
            };
            BinaryPrimitives.WriteUInt64BigEndian(table.AsSpan(i * 8), entry);
        }

        byte[] top = new byte[tables * 8];
        for (int i = 0; i < tables; i++)
        {
            BinaryPrimitives.WriteUInt64BigEndian(top.AsSpan(i * 8), Copied | (ulong)second);
        }

        string disk = NewPath(folder, "qcow2");
        await using FileStream file = File.Create(disk);
        file.SetLength(Math.Max(length, data + cluster));
        Write(file, 0, header);
        Write(file, first, top);
        Write(file, second, table);
        Write(file, data, packed);
        return disk;
    }

    private static byte[] Pack(byte[] cluster)
    {
        using MemoryStream output = new();
        using (DeflateStream deflate = new(output, CompressionLevel.Optimal, leaveOpen: true))
        {
            deflate.Write(cluster);
        }

        return output.ToArray();
    }

    private static async Task<string> MakePartitionsAsync(TempFolder folder, int count, bool overlap)
    {
        const int EntrySize = 128;
        const long First = 8 << 20;
        const long Each = 1 << 20;
        string disk = NewPath(folder, "raw");
        string volume = NewPath(folder, "volume");
        await MakeFileSystemAsync(volume, Each, "-t", "ext2", "-b", "1024", "-N", "16");
        byte[] start = (await File.ReadAllBytesAsync(volume))[..(16 << 10)];
        await using FileStream file = File.Create(disk);
        file.SetLength(First + (count * Each) + First);
        byte[] entries = new byte[count * EntrySize];
        for (int i = 0; i < count; i++)
        {
            long from = First + (overlap ? i * Sector : i * Each);
            long to = overlap ? file.Length - First : from + Each;
            Span<byte> entry = entries.AsSpan(i * EntrySize, EntrySize);
            new Guid("0FC63DAF-8483-4772-8E79-3D69D8477DE4").TryWriteBytes(entry);
            BitConverter.TryWriteBytes(entry[16..], i + 1);
            BitConverter.TryWriteBytes(entry[32..], from / Sector);
            BitConverter.TryWriteBytes(entry[40..], (to / Sector) - 1);
            if (!overlap || i == 0)
            {
                Write(file, from, start);
            }
        }

        byte[] boot = new byte[Sector];
        boot[446 + 4] = 0xEE;
        BitConverter.TryWriteBytes(boot.AsSpan(446 + 8), 1);
        BitConverter.TryWriteBytes(boot.AsSpan(446 + 12), uint.MaxValue);
        boot[510] = 0x55;
        boot[511] = 0xAA;
        byte[] header = new byte[92];
        "EFI PART"u8.CopyTo(header);
        BitConverter.TryWriteBytes(header.AsSpan(8), 0x00010000);
        BitConverter.TryWriteBytes(header.AsSpan(12), header.Length);
        BitConverter.TryWriteBytes(header.AsSpan(24), 1L);
        BitConverter.TryWriteBytes(header.AsSpan(32), (file.Length / Sector) - 1);
        BitConverter.TryWriteBytes(header.AsSpan(40), First / Sector);
        BitConverter.TryWriteBytes(header.AsSpan(48), ((file.Length - First) / Sector) - 1);
        BitConverter.TryWriteBytes(header.AsSpan(72), 2L);
        BitConverter.TryWriteBytes(header.AsSpan(80), count);
        BitConverter.TryWriteBytes(header.AsSpan(84), EntrySize);
        BitConverter.TryWriteBytes(header.AsSpan(88), Crc32.HashToUInt32(entries));
        BitConverter.TryWriteBytes(header.AsSpan(16), Crc32.HashToUInt32(header));
        Write(file, 0, boot);
        Write(file, Sector, header);
        Write(file, 2 * Sector, entries);
        return disk;
    }

    private static async Task MakeFileSystemAsync(string disk, long length, params string[] options)
    {
        ExternalTool.SkipUnlessInstalled("mke2fs");
        await using (FileStream file = File.Create(disk))
        {
            file.SetLength(length);
        }

        await ExternalTool.RunAsync("mke2fs", ["-q", "-F", .. options, disk]);
    }

    private static string NewPath(TempFolder folder, string extension) => folder.File($"{Guid.NewGuid():N}.{extension}");

    private static byte[] Numbers(uint number, int count) => [.. Enumerable.Repeat(number, count).SelectMany(BitConverter.GetBytes)];

    private static byte[] Read(FileStream file, long offset, int count)
    {
        byte[] bytes = new byte[count];
        file.Position = offset;
        file.ReadExactly(bytes);
        return bytes;
    }

    private static void Write(FileStream file, long offset, byte[] bytes)
    {
        file.Position = offset;
        file.Write(bytes);
    }
}
