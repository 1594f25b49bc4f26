using System.Buffers.Binary;
using System.Diagnostics;
using AzImageTools.Disks.Images;
using AzImageTools.Disks.Overlay;
using AzImageTools.Disks.Tests.Conversion.FreeSpace;
using AzImageTools.Disks.Volumes;
using AzImageTools.Disks.Volumes.Ntfs;
using AzImageTools.TestKit;
using CsCheck;

namespace AzImageTools.Disks.Tests.Volumes.Ntfs;

/// <summary>Files of volumes that mkntfs and ntfscp made, rewritten where they lie on an overlay; ntfscat reads them afterwards.</summary>
public sealed class NtfsRewritableFileTests : IDisposable
{
    private static readonly string[] Names = ["0.bin", "100.bin", "5000.bin", "300000.bin"];

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(512)]
    [InlineData(4096)]
    public async Task Random_writes_leave_what_a_model_has_and_nothing_else_is_changed(int clusterSize)
    {
        ExternalTool.SkipUnlessInstalled("ntfscat", "ntfsfix");
        byte[] image = await ReadAsync(await NoisyVolume.MakeNtfsAsync(_folder, options: ["-c", $"{clusterSize}"]));
        List<(int File, int Position, byte[] Bytes)[]> plans = [];
        Gen.Select(Gen.Int[1, Names.Length - 1], Gen.Int[0, 299_999], Gen.Byte.Array[1, 9000]).Array[1, 12].Sample(plans.Add, iter: 20, threads: 1);
        Dictionary<string, byte[]> before = Contents(new MemoryByteSource(image));
        foreach ((int File, int Position, byte[] Bytes)[] plan in plans)
        {
            using DiskOverlay overlay = new(new MemoryByteSource([.. image]));
            Dictionary<string, byte[]> model = before.ToDictionary(static file => file.Key, static file => (byte[])[.. file.Value]);
            foreach ((int file, int position, byte[] bytes) in plan)
            {
                byte[] content = model[Names[file]];
                int start = position % content.Length;
                byte[] fitting = [.. bytes.Take(content.Length - start)];
                fitting.CopyTo(content, start);
                Files(overlay).OpenRewritable(Names[file]).Write(start, fitting);
            }

            Assert.All(Contents(overlay), file => Assert.True(model[file.Key].AsSpan().SequenceEqual(file.Value), file.Key));
            if (plan == plans[0])
            {
                await AssertReadByOthersAsync(overlay, model);
            }
        }
    }

    [Fact]
    public async Task A_file_that_was_written_only_in_part_gets_zeros_up_to_what_is_written()
    {
        ExternalTool.SkipUnlessInstalled("ntfscat");
        byte[] image = await ReadAsync(await NoisyVolume.MakeNtfsAsync(_folder));
        using DiskOverlay overlay = new(new MemoryByteSource(image));
        NtfsVolume volume = new(overlay);
        FileSystemEntry entry = FileSystem.TryOpen(overlay)!.GetEntry("300000.bin")!;
        long record = FileReference.FromValue(entry.Location.Number).Number;
        NtfsAttribute data = volume.ReadRecord(new FileReference(record, 0)).Attributes.Single(static attribute => attribute.Type == AttributeType.Data);
        volume.RewriteRecord(record, bytes => BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(data.OffsetInRecord + 56), 100_000));
        byte[] expected = Contents(overlay)["300000.bin"];
        Assert.False(expected.AsSpan(100_000).ContainsAnyExcept((byte)0));

        byte[] written = [1, 2, 3, 4];
        Files(overlay).OpenRewritable("300000.bin").Write(200_001, written);
        written.CopyTo(expected, 200_001);
        Assert.Equal(expected, Contents(overlay)["300000.bin"]);
        await AssertReadByOthersAsync(overlay, new() { ["300000.bin"] = expected });
    }

    [Fact]
    public async Task Nothing_is_written_beyond_a_file()
    {
        using DiskOverlay overlay = new(new MemoryByteSource(await ReadAsync(await NoisyVolume.MakeNtfsAsync(_folder))));
        Assert.Throws<ArgumentOutOfRangeException>(() => Files(overlay).OpenRewritable("100.bin").Write(99, [1, 2]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Files(overlay).OpenRewritable("300000.bin").Write(300_000, [1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Files(overlay).OpenRewritable("0.bin").Write(0, [1]));
        Assert.Throws<FileNotFoundException>(() => Files(overlay).OpenRewritable("$MFT"));
        Assert.Throws<FileNotFoundException>(() => Files(overlay).OpenRewritable("nosuch"));
        Assert.Empty(overlay.EnumerateChanges());
    }

    [Theory]
    [InlineData(1, 1, false)]
    [InlineData(2, 0, true)]
    public async Task A_volume_that_was_not_shut_down_is_refused(int major, int minor, bool isMarkedClean)
    {
        byte[] image = await ReadAsync(await NoisyVolume.MakeNtfsAsync(_folder));
        NtfsLog.Write(image, (major, minor), isOpen: true, isMarkedClean);
        using DiskOverlay overlay = new(new MemoryByteSource(image));
        DiskRepairException refusal = Assert.Throws<DiskRepairException>(() => Files(overlay).OpenRewritable("100.bin"));
        Assert.Equal((DiskRepairProblem.VolumeNotRepairable, ErrorKind.InvalidState), (refusal.Problem, refusal.Kind));
    }

    [Fact]
    public async Task A_volume_of_a_hibernated_Windows_is_refused()
    {
        string path = await NoisyVolume.MakeNtfsAsync(_folder);
        await NoisyVolume.CopyToNtfsAsync(_folder, path, "hiberfil.sys", [.. "HIBR"u8, .. new byte[8192]]);
        using DiskOverlay overlay = new(new MemoryByteSource(await ReadAsync(path)));
        Assert.Contains("hiberfil.sys", Assert.Throws<DiskRepairException>(() => Files(overlay).OpenRewritable("100.bin")).Message);
    }

    [Fact]
    public async Task A_volume_with_shadow_copies_is_refused()
    {
        byte[] image = await ReadAsync(await NoisyVolume.MakeNtfsAsync(_folder));
        Span<byte> header = image.AsSpan(0x1E00, 128);
        header.Clear();
        new Guid("3808876B-C176-4E48-B7AE-04046E6CC752").ToByteArray().CopyTo(header);
        BinaryPrimitives.WriteInt32LittleEndian(header[16..], 1);
        BinaryPrimitives.WriteInt32LittleEndian(header[20..], 1);
        new Guid("11111111-1111-1111-1111-111111111111").ToByteArray().CopyTo(header[64..]);
        new Guid("22222222-2222-2222-2222-222222222222").ToByteArray().CopyTo(header[80..]);
        using DiskOverlay overlay = new(new MemoryByteSource(image));
        Assert.Contains("shadow copies", Assert.Throws<DiskRepairException>(() => Files(overlay).OpenRewritable("100.bin")).Message);
    }

    [Theory]
    [InlineData(0x0001, "compressed")]
    [InlineData(0x4000, "encrypted")]
    [InlineData(0x8000, "sparse")]
    public async Task A_file_that_is_not_stored_as_it_is_is_refused(int flags, string reason)
    {
        using DiskOverlay overlay = new(new MemoryByteSource(await ReadAsync(await NoisyVolume.MakeNtfsAsync(_folder))));
        NtfsVolume volume = new(overlay);
        long record = FileReference.FromValue(FileSystem.TryOpen(overlay)!.GetEntry("5000.bin")!.Location.Number).Number;
        NtfsAttribute data = volume.ReadRecord(new FileReference(record, 0)).Attributes.Single(static attribute => attribute.Type == AttributeType.Data);
        volume.RewriteRecord(record, bytes => BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(data.OffsetInRecord + 12), (ushort)flags));
        DiskRepairException refusal = Assert.Throws<DiskRepairException>(() => Files(overlay).OpenRewritable("5000.bin"));
        Assert.Equal(DiskRepairProblem.FileNotRepairable, refusal.Problem);
        Assert.Contains(reason, refusal.Message);
    }

    private static IRewritableFiles Files(IByteSource volume) => Assert.IsType<IRewritableFiles>(FileSystem.TryOpen(volume), exactMatch: false);

    private static Task<byte[]> ReadAsync(string path) => File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);

    private static Dictionary<string, byte[]> Contents(IByteSource volume)
    {
        IFileSystem files = FileSystem.TryOpen(volume)!;
        return files.Enumerate(string.Empty).Where(static entry => !entry.IsDirectory).ToDictionary(static entry => entry.Name, entry =>
        {
            using Stream stream = files.OpenFile(entry.Path);
            byte[] content = new byte[stream.Length];
            stream.ReadExactly(content);
            return content;
        });
    }

    private async Task AssertReadByOthersAsync(DiskOverlay overlay, Dictionary<string, byte[]> model)
    {
        byte[] image = new byte[overlay.Length];
        overlay.Read(0, image);
        string path = _folder.File("changed.img");
        await File.WriteAllBytesAsync(path, image, TestContext.Current.CancellationToken);
        foreach ((string name, byte[] content) in model)
        {
            using Process cat = Process.Start(new ProcessStartInfo(ExternalTool.Find("ntfscat")!, [path, name]) { RedirectStandardOutput = true, UseShellExecute = false })!;
            using MemoryStream read = new();
            await cat.StandardOutput.BaseStream.CopyToAsync(read, TestContext.Current.CancellationToken);
            await cat.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.True(content.AsSpan().SequenceEqual(read.ToArray()), name);
        }

        (int code, string output, string error) = await ExternalTool.TryRunAsync("ntfsfix", "-n", path);
        Assert.True(code == 0, output + error);
    }
}
