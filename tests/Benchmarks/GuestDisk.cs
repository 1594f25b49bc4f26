using System.Buffers.Binary;
using System.IO.Hashing;
using AzImageTools.Disks;
using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Images;

namespace AzImageTools.Benchmarks;

/// <summary>
/// Makes a raw disk as a guest leaves it: a GUID partition table with EFI, reserved and data partitions, a quarter of it data in
/// extents of mixed sizes. The same size gives the same bytes.
/// </summary>
internal sealed class GuestDisk
{
    private const int Cluster = 4096;
    private const int Mebibyte = 1 << 20;
    private const int SectorSize = 512;
    private const int GptEntries = 128;
    private const int GptEntrySize = 128;
    private const double DataShare = 0.25;

    private readonly Random _random = new(42);
    private readonly GuestContent _content;
    private readonly FileStream _file;
    private readonly long _size;

    private GuestDisk(FileStream file, long size)
    {
        _file = file;
        _size = size;
        _content = new GuestContent(_random);
    }

    /// <summary>Where the data partition begins, in bytes.</summary>
    public const long DataOffset = 117L * Mebibyte;

    /// <summary>Makes a disk with data in its data partition, but no file system.</summary>
    public static void Create(string path, long size)
    {
        using FileStream file = File.Create(path);
        Partition(file, size).WriteFiles();
    }

    /// <summary>Makes a disk whose data partition holds a volume.</summary>
    /// <param name="path">The disk.</param>
    /// <param name="volume">The file that holds the volume; its holes become the disk's.</param>
    public static void CreateWith(string path, string volume)
    {
        using FileStream file = File.Create(path);
        Partition(file, DataOffset + new FileInfo(volume).Length + Mebibyte);
        CopyTo(file, DataOffset, volume);
    }

    /// <summary>Copies a volume into a disk; its holes become the disk's.</summary>
    /// <param name="disk">The disk's file.</param>
    /// <param name="offset">Where the volume begins there, in bytes.</param>
    /// <param name="volume">The file that holds the volume.</param>
    public static void CopyTo(FileStream disk, long offset, string volume)
    {
        using VirtualDisk content = DiskOpener.Open(volume, new VirtualDiskOptions { Format = DiskFormat.Raw });
        byte[] buffer = new byte[Mebibyte];
        foreach (DiskExtent extent in content.GetExtents(0, content.Capacity))
        {
            for (long done = 0; done < extent.Length; done += buffer.Length)
            {
                Span<byte> piece = buffer.AsSpan(0, (int)Math.Min(buffer.Length, extent.Length - done));
                content.Read(extent.Offset + done, piece);
                RandomAccess.Write(disk.SafeFileHandle, piece, offset + extent.Offset + done);
            }
        }
    }

    private static GuestDisk Partition(FileStream file, long size)
    {
        file.SetLength(size);
        GuestDisk disk = new(file, size);
        disk.WritePartitionTable();
        return disk;
    }

    /// <summary>
    /// Files by their share of the data: small ones close together, packages of random bytes, page-structured files with
    /// 40 % zero pages, logs of text; free space between them as long as the share leaves it.
    /// </summary>
    private void WriteFiles()
    {
        long budget = (long)(_size * DataShare);
        long position = DataOffset;
        long end = _size - (2L * Mebibyte);
        long used = 0;
        while (used < budget && position < end)
        {
            int length = _random.NextDouble() switch
            {
                // About 2,600 extents on 8 GiB, of which most are small and most bytes are in large ones.
                < 0.90 => _random.Next(1, 64) * Cluster * 2,
                < 0.94 => _random.Next(1, 5) * Mebibyte,
                < 0.97 => _random.Next(2, 9) * Mebibyte,
                _ => _random.Next(8, 20) * Mebibyte,
            };
            length = (int)Math.Min(length, Math.Min(budget - used, end - position));
            length = Math.Max(Cluster, length / Cluster * Cluster);
            RandomAccess.Write(_file.SafeFileHandle, _content.Make(length), position);
            used += length;

            // Gaps in proportion to what was written, so that the free space is spread as the data is.
            long gap = (long)(length * 2.9 * (_random.NextDouble() + 0.5)) / Cluster * Cluster;
            position += length + Math.Max(Cluster, gap);
        }
    }

    private void WritePartitionTable()
    {
        long sectors = _size / SectorSize;
        byte[] entries = new byte[GptEntries * GptEntrySize];
        WriteEntry(entries, 0, "c12a7328-f81f-11d2-ba4b-00a0c93ec93b", 2048, (101 * 2048) - 1);
        WriteEntry(entries, 1, "e3c9e316-0b5c-4db8-817d-f92df00215ae", 101 * 2048, (117 * 2048) - 1);
        WriteEntry(entries, 2, "ebd0a0a2-b9e5-4433-87c0-68b6b72699c7", 117 * 2048, sectors - 2049);

        byte[] protective = new byte[SectorSize];
        protective[446 + 4] = 0xEE;
        BinaryPrimitives.WriteUInt32LittleEndian(protective.AsSpan(446 + 8), 1);
        BinaryPrimitives.WriteUInt32LittleEndian(protective.AsSpan(446 + 12), (uint)Math.Min(uint.MaxValue, sectors - 1));
        protective[510] = 0x55;
        protective[511] = 0xAA;
        RandomAccess.Write(_file.SafeFileHandle, protective, 0);
        WriteTable(entries, header: 1, other: sectors - 1, table: 2, sectors);
        WriteTable(entries, header: sectors - 1, other: 1, table: sectors - 33, sectors);
    }

    private static void WriteEntry(byte[] entries, int index, string type, long first, long last)
    {
        Span<byte> entry = entries.AsSpan(index * GptEntrySize, GptEntrySize);
        new Guid(type).TryWriteBytes(entry);
        new Guid(index + 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11).TryWriteBytes(entry[16..]);
        BinaryPrimitives.WriteInt64LittleEndian(entry[32..], first);
        BinaryPrimitives.WriteInt64LittleEndian(entry[40..], last);
    }

    private void WriteTable(byte[] entries, long header, long other, long table, long sectors)
    {
        byte[] bytes = new byte[SectorSize];
        "EFI PART"u8.CopyTo(bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8), 0x00010000);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(12), 92);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(24), header);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(32), other);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(40), 34);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(48), sectors - 34);
        new Guid(7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7).TryWriteBytes(bytes.AsSpan(56));
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(72), table);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(80), GptEntries);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(84), GptEntrySize);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(88), Crc32.HashToUInt32(entries));
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(16), Crc32.HashToUInt32(bytes.AsSpan(0, 92)));
        RandomAccess.Write(_file.SafeFileHandle, bytes, header * SectorSize);
        RandomAccess.Write(_file.SafeFileHandle, entries, table * SectorSize);
    }
}
