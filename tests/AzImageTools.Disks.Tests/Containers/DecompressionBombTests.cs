using System.Buffers.Binary;
using System.IO.Compression;
using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Images;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Containers;

/// <summary>Compressed clusters and grains that hold far more than there is room for: none takes the memory that it would need.</summary>
public sealed class DecompressionBombTests : IDisposable
{
    private const long MostMemory = 16 << 20;
    private const int LargestCompressed = 128 * 1024;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>As qemu reads it: data behind the cluster's end is not looked at.</summary>
    [Fact]
    public void A_cluster_of_a_QCOW2_that_inflates_without_end_gives_its_own_bytes_only()
    {
        string path = WithCluster("pattern-zlib.qcow2", Compress(100 << 20, static output => new DeflateStream(output, CompressionLevel.SmallestSize)));
        using VirtualDisk disk = DiskOpener.Open(path);
        byte[] sector = [.. Enumerable.Repeat((byte)1, 512)];

        AssertBounded(() => disk.Read(0, sector));
        Assert.DoesNotContain(sector, static value => value != 0);
    }

    [Fact]
    public void A_cluster_of_a_QCOW2_that_is_a_Zstandard_bomb_is_refused() => AssertRefused(WithCluster("pattern-zstd.qcow2", MakeZstandardBomb()));

    [Fact]
    public void A_grain_of_a_VMDK_that_inflates_without_end_is_refused()
    {
        string path = TestDisks.Unpack("pattern-stream.vmdk", _folder);
        byte[] bytes = File.ReadAllBytes(path);
        long directory = BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(56));
        if (directory < 0)
        {
            // The header says that the directory is found through the footer, in the last sector but one.
            directory = BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(bytes.Length - 1024 + 56));
        }

        uint table = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan((int)directory * 512));
        int entry = (int)table * 512;
        byte[] bomb = Compress(100 << 20, static output => new ZLibStream(output, CompressionLevel.SmallestSize));
        byte[] marker = new byte[12];
        BinaryPrimitives.WriteInt32LittleEndian(marker.AsSpan(8), bomb.Length);
        int place = (bytes.Length - 2048) / 512 * 512;

        // The grain goes before the footer, which the end of the file has to keep.
        byte[] grain = [.. marker, .. bomb, .. new byte[511 - ((marker.Length + bomb.Length + 511) % 512)]];
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(entry), place / 512);
        File.WriteAllBytes(path, [.. bytes[..place], .. grain, .. bytes[place..]]);

        AssertRefused(path);
    }

    private static void AssertRefused(string path)
    {
        using VirtualDisk disk = DiskOpener.Open(path);
        AssertBounded(() => Assert.Throws<DiskFormatException>(() => disk.Read(0, new byte[512])));
    }

    private static void AssertBounded(Action read)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        read();
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MostMemory);
    }

    private static byte[] Compress(int length, Func<Stream, Stream> open)
    {
        using MemoryStream output = new();
        using (Stream compressor = open(output))
        {
            byte[] zeros = new byte[1 << 20];
            for (int done = 0; done < length; done += zeros.Length)
            {
                compressor.Write(zeros);
            }
        }

        byte[] compressed = output.ToArray();
        Assert.InRange(compressed.Length, 1, LargestCompressed);
        return compressed;
    }

    /// <summary>A frame of 1 GiB of zeros: RLE blocks of 128 KiB, 4 bytes each (RFC 8878, 3.1.1.2).</summary>
    private static byte[] MakeZstandardBomb()
    {
        const int Blocks = 8192;
        const int BlockSize = 128 * 1024;
        const int RunLength = 1;
        byte[] frame = new byte[6 + (Blocks * 4)];
        BinaryPrimitives.WriteUInt32LittleEndian(frame, 0xFD2FB528);
        frame[5] = 0x60;
        for (int i = 0; i < Blocks; i++)
        {
            int header = (BlockSize << 3) | (RunLength << 1) | (i == Blocks - 1 ? 1 : 0);
            BinaryPrimitives.WriteInt32LittleEndian(frame.AsSpan(6 + (i * 4)), header);
        }

        return frame;
    }

    /// <summary>Puts compressed data behind an image, and makes the first cluster of its disk that (QCOW2 specification, "Compressed Clusters Descriptor").</summary>
    private string WithCluster(string name, byte[] compressed)
    {
        string path = TestDisks.Unpack(name, _folder);
        byte[] bytes = File.ReadAllBytes(path);
        int clusterBits = BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(20));
        long table = BinaryPrimitives.ReadInt64BigEndian(bytes.AsSpan((int)BinaryPrimitives.ReadInt64BigEndian(bytes.AsSpan(40)))) & 0x00FF_FFFF_FFFF_FE00;
        long place = (bytes.Length + 511) / 512 * 512;
        long sectors = (compressed.Length + 511) / 512;
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan((int)table), (1L << 62) | ((sectors - 1) << (62 - (clusterBits - 8))) | place);
        File.WriteAllBytes(path, [.. bytes, .. new byte[place - bytes.Length], .. compressed, .. new byte[(sectors * 512) - compressed.Length]]);
        return path;
    }
}
