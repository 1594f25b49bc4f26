using System.Security.Cryptography;
using AzImageTools.Disks.Images;
using AzImageTools.Disks.Volumes;
using AzImageTools.Disks.Volumes.Ntfs.Compression;
using AzImageTools.TestKit;
using CsCheck;

namespace AzImageTools.Disks.Tests.Volumes.Ntfs;

/// <summary>Named streams and compressed content of NTFS, as ntfs-3g and wimlib wrote them (tests/data/README.md).</summary>
public class NtfsStreamTests
{
    private const string WofStream = ":WofCompressedData";

    [Fact]
    public void Named_streams_are_found_and_hold_what_ntfs_3g_reads()
    {
        using TempFolder folder = new();
        IFileSystem files = Open(ReadImage("ntfs", folder));
        ManifestLine[] lines = [.. ManifestLine.Read("ntfs", folder).Where(static line => line.Kind == "stream")];
        Assert.NotEmpty(lines);
        foreach (ManifestLine line in lines)
        {
            Assert.Equal((line.Path, line.Size, false), (files.GetEntry(line.Path)?.Path, files.GetEntry(line.Path)?.Length, files.GetEntry(line.Path)?.IsDirectory));
            using Stream content = files.OpenFile(line.Path.ToUpperInvariant() + ":$data");
            Assert.Equal(line.Sha256, Convert.ToHexStringLower(SHA256.HashData(content)));
        }
    }

    [Fact]
    public void Named_streams_of_files_and_folders_are_listed()
    {
        using TempFolder folder = new();
        INamedStreams files = Assert.IsType<INamedStreams>(Open(ReadImage("ntfs", folder)), exactMatch: false);
        Assert.Equal(
            [(@"Streams\with-streams.txt:large", 30_000L), (@"Streams\with-streams.txt:small", 20L)],
            files.EnumerateStreams("STREAMS/with-streams.txt").Select(static entry => (entry.Path, entry.Length)).Order());
        Assert.Equal(["Streams:of-folder"], files.EnumerateStreams("Streams").Select(static entry => entry.Name));
        Assert.Empty(files.EnumerateStreams(@"Names\lower.txt"));
        Assert.Empty(files.EnumerateStreams("no such file"));
    }

    [Theory]
    [InlineData(@"Streams\with-streams.txt:")]
    [InlineData(@"Streams\with-streams.txt:other")]
    [InlineData(@"Streams\with-streams.txt:small:other")]
    [InlineData(@"Streams::$DATA")]
    [InlineData(@"Streams:of-folder\with-streams.txt")]
    public void A_stream_that_is_not_there_is_not_found(string path)
    {
        using TempFolder folder = new();
        Assert.Throws<FileNotFoundException>(() => Open(ReadImage("ntfs", folder)).OpenFile(path));
    }

    [Fact]
    public void Holes_of_compressed_files_are_skipped_and_hold_zeros_only()
    {
        using TempFolder folder = new();
        IFileSystem files = Open(ReadImage("ntfs", folder));
        long skipped = 0;
        foreach (ManifestLine line in ManifestLine.Read("ntfs", folder).Where(static line => line is { Kind: "file", Storage: "compressed" }))
        {
            using ReadOnlyStream content = Assert.IsType<ReadOnlyStream>(files.OpenFile(line.Path), exactMatch: false);
            byte[] whole = new byte[content.Length];
            content.ReadExactly(whole);
            for (long position = 0; position < content.Length; position += 4096)
            {
                long data = content.FindData(position);
                Assert.InRange(data, position, content.Length);
                Assert.False(whole.AsSpan((int)position, (int)(data - position)).ContainsAnyExcept((byte)0));
                skipped += Math.Min(data - position, 4096);
            }
        }

        Assert.InRange(skipped, 2 * 65536, 10 * 65536);
    }

    [Fact]
    public void A_hole_at_the_end_of_the_longest_compressed_file_is_no_way_back()
    {
        const int Data = 0x80;
        using TempFolder folder = new();
        byte[] image = ReadImage("ntfs", folder);
        FileSystemEntry file = Open(image).GetEntry(@"Compressed\mixed.bin")!;
        int record = NtfsImage.FindRecord(image, (int)file.Location.Number);
        int attribute = record + BitConverter.ToUInt16(image, record + 20);
        while (BitConverter.ToInt32(image, attribute) != Data)
        {
            attribute += BitConverter.ToInt32(image, attribute + 4);
        }

        long clusters = (long.MaxValue / 4096) - 2;
        BitConverter.TryWriteBytes(image.AsSpan(attribute + 24), clusters - 1);
        BitConverter.TryWriteBytes(image.AsSpan(attribute + 48), long.MaxValue);
        BitConverter.TryWriteBytes(image.AsSpan(attribute + 56), long.MaxValue);
        byte[] runs = [8, .. BitConverter.GetBytes(clusters), 0];
        runs.CopyTo(image, attribute + BitConverter.ToUInt16(image, attribute + 32));
        using ReadOnlyStream content = Assert.IsType<ReadOnlyStream>(Open(image).OpenFile(file.Path), exactMatch: false);

        const long Near = long.MaxValue - 5;
        Assert.Equal(Near, content.FindData(Near));
        Assert.InRange(content.FindData(0), long.MaxValue - (3 * 65536), long.MaxValue);
    }

    [Fact]
    public void The_stream_without_a_name_is_the_content()
    {
        using TempFolder folder = new();
        IFileSystem files = Open(ReadImage("ntfs", folder));
        Assert.Equal(files.GetEntry(@"Streams\with-streams.txt"), files.GetEntry(@"Streams\with-streams.txt::$DATA"));
        using Stream content = files.OpenFile(@"Streams\with-streams.txt::$DATA");
        Assert.Equal(600, content.Length);
    }

    [Theory]
    [InlineData("ntfs", @"Compressed\mixed.bin", 128 * 1024)]
    [InlineData("wof", @"xpress4k\mixed.bin", 64 * 1024)]
    [InlineData("wof", @"xpress16k\mixed.bin", 64 * 1024)]
    [InlineData("wof", @"lzx\mixed.bin", 64 * 1024)]
    public void Only_the_units_that_are_touched_are_read(string volume, string path, int mostBytes)
    {
        using TempFolder folder = new();
        MemoryByteSource source = new(ReadImage(volume, folder));
        IFileSystem files = FileSystem.TryOpen(source)!;
        using Stream content = files.OpenFile(path);
        source.BytesRead = 0;
        content.Position = content.Length - 1000;
        byte[] end = new byte[1000];
        for (int i = 0; i < end.Length; i++)
        {
            end[i] = (byte)content.ReadByte();
        }

        Assert.InRange(source.BytesRead, 1, mostBytes);
        using Stream again = files.OpenFile(path);
        byte[] whole = new byte[again.Length];
        again.ReadExactly(whole);
        Assert.True(whole.AsSpan(whole.Length - 1000).SequenceEqual(end));
    }

    [Theory]
    [InlineData(12, 1, "WIM archive")]
    [InlineData(12, 7, "provider 7")]
    [InlineData(20, 9, "method 9")]
    [InlineData(16, 2, "reparse point of mixed.bin")]
    [InlineData(8, 2, "reparse point of mixed.bin")]
    public void Other_forms_of_WOF_are_refused_by_name(int offset, byte value, string reason)
    {
        using TempFolder folder = new();
        byte[] image = ReadImage("wof", folder);
        byte[] point = [0x17, 0, 0, 0x80, 20, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0];
        for (int at = image.AsSpan().IndexOf(point); at >= 0; at = image.AsSpan().IndexOf(point))
        {
            image[at + offset] = value;
        }

        DiskFormatException refusal = Assert.Throws<DiskFormatException>(() => Open(image).OpenFile(@"xpress4k\mixed.bin"));
        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_chunk_or_table_of_WOF_is_refused()
    {
        using TempFolder folder = new();
        byte[] image = ReadImage("wof", folder);
        byte[] stored = ReadAll(Open(image), @"xpress8k\even.txt" + WofStream);
        int at = image.AsSpan().IndexOf(stored.AsSpan(0, 64));
        Assert.True(at > 0 && image.AsSpan().LastIndexOf(stored.AsSpan(0, 64)) == at);

        // Eleven entries of 4 bytes stand before the twelve chunks; chunk 0 begins with the lengths of its code.
        image[at + 44] ^= 0x11;
        Assert.Contains("can't be decompressed", AssertDamaged(image, 0), StringComparison.Ordinal);
        image[at + 44] ^= 0x11;
        image[at + 3] = 0x80;
        Assert.Contains("is said to lie", AssertDamaged(image, 0), StringComparison.Ordinal);
        Assert.Contains("is said to lie", AssertDamaged(image, 8192), StringComparison.Ordinal);
    }

    [Fact]
    public void Damaged_LZX_neither_throws_nor_reaches_beyond_the_destination()
    {
        using TempFolder folder = new();
        byte[] stored = ReadAll(Open(ReadImage("wof", folder)), @"lzx\mixed.bin" + WofStream);

        // The table has an entry of 4 bytes for every chunk but the first.
        int table = (int)((Open(ReadImage("wof", folder)).GetEntry(@"lzx\mixed.bin")!.Length - 1) / LzxDecoder.ChunkSize * 4);
        int[] starts = [.. Enumerable.Range(0, (table / 4) + 1).Select(i => table + (i == 0 ? 0 : BitConverter.ToInt32(stored, (i - 1) * 4))), stored.Length];
        LzxDecoder decoder = new();
        Gen.Select(Gen.Int[0, starts.Length - 2], Gen.Select(Gen.Int[0, 1 << 30], Gen.Byte).Array[0, 8], Gen.Int[0, LzxDecoder.ChunkSize]).Sample(
            (chunk, changes, length) =>
            {
                byte[] packed = stored[starts[chunk]..starts[chunk + 1]];
                foreach ((int place, byte value) in changes)
                {
                    packed[place % packed.Length % (place % 2 == 0 ? packed.Length : 200)] = value;
                }

                byte[] guarded = new byte[length + 32];
                guarded.AsSpan().Fill(0xA5);
                _ = decoder.TryDecompress(packed, guarded.AsSpan(16, length));
                return guarded.AsSpan(0, 16).IndexOfAnyExcept((byte)0xA5) < 0 && guarded.AsSpan(16 + length).IndexOfAnyExcept((byte)0xA5) < 0;
            },
            seed: "0000dvMmt0p2",
            iter: 1000,
            threads: 1);
    }

    [Fact]
    public void A_damaged_unit_of_LZNT1_is_refused()
    {
        using TempFolder folder = new();
        byte[] image = ReadImage("ntfs", folder);
        byte[] content = ReadAll(Open(image), @"Compressed\text.txt");
        Assert.Equal(300_001, content.Length);

        // Of the header of the first unit's first chunk, the signature; the file's first bytes follow as they are.
        int at = Enumerable.Range(0, image.Length / 4096).Select(static cluster => cluster * 4096)
            .First(offset => (image[offset + 1] & 0xF0) == 0xB0 && image.AsSpan(offset + 3, 4).SequenceEqual(content.AsSpan(0, 4)));
        image[at + 1] ^= 0x40;
        DiskFormatException refusal = Assert.Throws<DiskFormatException>(() => ReadAll(Open(image), @"Compressed\text.txt"));
        Assert.Contains("Bytes 0 to 65535 of text.txt", refusal.Message, StringComparison.Ordinal);
    }

    private static string AssertDamaged(byte[] image, long position)
    {
        using Stream content = Open(image).OpenFile(@"xpress8k\even.txt");
        content.Position = position;
        return Assert.Throws<DiskFormatException>(() => content.ReadByte()).Message;
    }

    private static byte[] ReadAll(IFileSystem files, string path)
    {
        using Stream content = files.OpenFile(path);
        using MemoryStream all = new();
        content.CopyTo(all);
        return all.ToArray();
    }

    private static byte[] ReadImage(string volume, TempFolder folder) => File.ReadAllBytes(TestFile.Unpack($"volumes/{volume}.img", folder));

    private static IFileSystem Open(byte[] image) => FileSystem.TryOpen(new MemoryByteSource(image))!;
}
