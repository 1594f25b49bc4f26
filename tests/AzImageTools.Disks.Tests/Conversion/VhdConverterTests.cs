using System.Text.Json;
using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Containers.Vhd;
using AzImageTools.Disks.Conversion;
using AzImageTools.Disks.Images;
using AzImageTools.Disks.Tests.Containers;
using AzImageTools.TestKit;
using CsCheck;

namespace AzImageTools.Disks.Tests.Conversion;

public sealed class VhdConverterTests : IDisposable
{
    private const int Mebibyte = 1 << 20;

    private readonly TempFolder _folder = new();

    public static IEnumerable<TheoryDataRow<string, long, string>> Disks => TestDisks.Rows;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Disks))]
    public async Task A_converted_disk_has_the_bytes_of_its_source(string name, long capacity, string sha256)
    {
        string source = TestDisks.Unpack(name, _folder);
        string destination = _folder.File("converted.vhd");
        VhdConversion conversion;
        using (VirtualDisk disk = DiskOpener.Open(source))
        {
            conversion = VhdConverter.Prepare(new OpenedImage(disk), destination).Run(cancellation: TestContext.Current.CancellationToken);
            Assert.Equal((disk.Format, disk.SubFormat), (conversion.SourceFormat, conversion.SourceSubFormat));
        }

        using VirtualDisk converted = DiskOpener.Open(destination);
        Assert.Equal((DiskFormat.Vhd, DiskSubFormat.Fixed), (converted.Format, converted.SubFormat));
        Assert.Equal(FixedVhdImage.RoundUp(capacity), converted.Capacity);
        Assert.Equal(sha256, DiskContent.Sha256(new ByteSourceSlice(converted, 0, capacity, "converted")));
        Assert.Equal((destination, source), (conversion.Path, conversion.SourcePath));
        Assert.Equal((capacity, converted.Capacity, converted.FileSize), (conversion.SourceCapacity, conversion.Capacity, conversion.FileSize));
        Assert.InRange(conversion.BytesWritten, FixedVhdImage.FooterSize, converted.FileSize);
        Assert.InRange(conversion.BytesRead, 1, new FileInfo(source).Length * 2);
        Assert.Equal(2, Directory.EnumerateFiles(_folder.FullName).Count());

        Assert.SkipWhen(ExternalTool.Find("qemu-img") is null, "not installed here: qemu-img; the bytes were compared by their hash");
        string driver = conversion.SourceFormat switch { DiskFormat.Vhd => "vpc", _ => conversion.SourceFormat.ToString().ToLowerInvariant() };
        string sourceOptions = $"driver={driver},file.filename={source}" + (driver == "vpc" ? ",force_size_calc=current_size" : string.Empty);
        string compared = await ExternalTool.RunAsync("qemu-img", "compare", "--image-opts", sourceOptions, $"driver=vpc,file.filename={destination}");
        Assert.Contains("Images are identical.", compared, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_VHD_bears_the_time_that_the_clock_told_when_it_was_made()
    {
        string destination = _folder.File("stamped.vhd");
        DateTimeOffset now = new(2031, 2, 3, 4, 5, 6, TimeSpan.Zero);
        Convert(await CreateRawAsync(new byte[3 * Mebibyte]), destination, new VhdConversionOptions { TimeProvider = new StoppedClock(now) });
        byte[] footer = await File.ReadAllBytesAsync(destination, TestContext.Current.CancellationToken);

        Assert.Equal(now, Footer.Parse(footer.AsSpan(footer.Length - Footer.Size), destination, 0).TimeStamp);
    }

    [Fact]
    public async Task A_raw_disk_of_3_MiB_and_512_bytes_becomes_4_MiB_with_a_zero_tail()
    {
        byte[] content = new byte[(3 * Mebibyte) + 512];
        new Random(3).NextBytes(content);
        string destination = _folder.File("odd.vhd");
        Convert(await CreateRawAsync(content), destination);

        byte[] converted = await File.ReadAllBytesAsync(destination, TestContext.Current.CancellationToken);
        Assert.Equal((4 * Mebibyte) + 512, converted.Length);
        Assert.True(converted.AsSpan(0, content.Length).SequenceEqual(content), "the content differs");
        Assert.False(converted.AsSpan(content.Length, (4 * Mebibyte) - content.Length).ContainsAnyExcept((byte)0), "the tail is not zero");

        ExternalTool.SkipUnlessInstalled("qemu-img");
        using JsonDocument info = JsonDocument.Parse(await ExternalTool.RunAsync("qemu-img", "info", "-f", "vpc", "--output=json", destination));
        Assert.Equal(4 * Mebibyte, info.RootElement.GetProperty("virtual-size").GetInt64());
    }

    [Fact]
    public void Disks_with_any_holes_convert_to_identical_content()
    {
        Gen<(int Offset, int Length, byte Value)> piece = Gen.Select(Gen.Int[0, 5 * Mebibyte], Gen.Int[1, 400_000], Gen.Byte);
        Gen.Select(Gen.Int[1, 5 * Mebibyte / 512], piece.Array[0, 12]).Sample(
            (sectors, pieces) =>
            {
                using TempFolder folder = new();
                string source = folder.File("random.raw");
                string destination = folder.File("random.vhd");
                byte[] expected = new byte[FixedVhdImage.RoundUp(sectors * 512L)];
                int capacity = sectors * 512;
                using (FileStream file = File.Create(source))
                {
                    file.SetLength(capacity);
                    foreach ((int offset, int length, byte value) in pieces)
                    {
                        Span<byte> part = expected.AsSpan(Math.Min(offset, capacity), Math.Min(length, Math.Max(0, capacity - offset)));
                        part.Fill(value);
                        RandomAccess.Write(file.SafeFileHandle, part, Math.Min(offset, capacity));
                    }
                }

                Convert(source, destination);
                return File.ReadAllBytes(destination).AsSpan(0, expected.Length).SequenceEqual(expected);
            },
            iter: 60,
            threads: 1);
    }

    [Fact]
    public async Task Zeros_that_the_source_keeps_are_not_written()
    {
        byte[] content = new byte[8 * Mebibyte];
        content[(5 * Mebibyte) + 7] = 1;
        content[(6 * Mebibyte) - 1] = 1;
        VhdConversion conversion = Convert(await CreateRawAsync(content), _folder.File("zeros.vhd"));

        Assert.Equal((2 * 64 * 1024) + FixedVhdImage.FooterSize, conversion.BytesWritten);
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsWindows(), "this system does not tell of holes");
        using VirtualDisk converted = DiskOpener.Open(conversion.Path);
        Assert.SkipWhen(converted.AllocatedBytes == converted.Capacity, "this file system keeps no holes");
        Assert.Equal(2 * 64 * 1024, converted.AllocatedBytes);
    }

    [Fact]
    public async Task Progress_ends_with_all_that_there_was_to_copy()
    {
        using VirtualDisk disk = DiskOpener.Open(await CreateRawAsync(RandomBytes(9 * Mebibyte)));
        VhdConverter converter = VhdConverter.Prepare(new OpenedImage(disk), _folder.File("progress.vhd"));
        RecordedProgress progress = new();
        converter.Run(progress, TestContext.Current.CancellationToken);

        Assert.Equal(9 * Mebibyte, converter.BytesToCopy);
        Assert.Equal(9, progress.Values.Count);
        Assert.Equal(converter.BytesToCopy, progress.Values.Max());
    }

    [Fact]
    public async Task A_cancelled_conversion_leaves_nothing()
    {
        using CancellationTokenSource cancellation = new();
        using VirtualDisk disk = DiskOpener.Open(await CreateRawAsync(RandomBytes(20 * Mebibyte)));
        string destination = _folder.File("cancelled.vhd");
        await File.WriteAllTextAsync(destination, "an older file", TestContext.Current.CancellationToken);
        VhdConverter converter = VhdConverter.Prepare(new OpenedImage(disk), destination, new VhdConversionOptions { Force = true });

        Assert.ThrowsAny<OperationCanceledException>(() => converter.Run(new RecordedProgress(cancellation.Cancel), cancellation.Token));
        Assert.Equal("an older file", await File.ReadAllTextAsync(destination, TestContext.Current.CancellationToken));
        Assert.Equal([destination, disk.Path], Directory.EnumerateFiles(_folder.FullName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_source_that_is_damaged_in_the_middle_leaves_the_older_file()
    {
        string source = TestDisks.Unpack("ready-dynamic.vhd", _folder);
        using VirtualDisk disk = DiskOpener.Open(source);
        string destination = _folder.File("converted.vhd");
        await File.WriteAllTextAsync(destination, "an older file", TestContext.Current.CancellationToken);
        VhdConverter converter = VhdConverter.Prepare(new OpenedImage(disk), destination, new VhdConversionOptions { Force = true });
        Truncate(source, disk.FileSize / 2);

        Assert.Throws<DiskFormatException>(() => converter.Run(cancellation: TestContext.Current.CancellationToken));
        Assert.Equal("an older file", await File.ReadAllTextAsync(destination, TestContext.Current.CancellationToken));
        Assert.Equal(2, Directory.EnumerateFiles(_folder.FullName).Count());
    }

    [Fact]
    public async Task A_backup_partition_table_that_rounding_strands_is_told_before_anything_is_written()
    {
        byte[] content = new byte[(30 * Mebibyte) + 512];
        using (VirtualDisk ready = DiskOpener.Open(TestDisks.Unpack("mbr-fixed.vhd", _folder)))
        {
            Assert.Empty(VhdConverter.Prepare(new OpenedImage(ready), _folder.File("ready-converted.vhd")).Warnings);
        }

        string path = await CreateRawAsync(content);
        ExternalTool.SkipUnlessInstalled("sgdisk");
        await ExternalTool.RunAsync("sgdisk", "-n", "1:2048:4095", path);
        using VirtualDisk disk = DiskOpener.Open(path);
        string warning = Assert.Single(VhdConverter.Prepare(new OpenedImage(disk), _folder.File("stranded.vhd")).Warnings);

        Assert.Contains("backup", warning, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder.File("stranded.vhd")));
    }

    [Fact]
    public async Task A_disk_that_Azure_does_not_take_is_converted_with_a_warning()
    {
        using VirtualDisk disk = DiskOpener.Open(await CreateRawAsync(RandomBytes(Mebibyte)));

        Assert.Contains("20 MiB", Assert.Single(VhdConverter.Prepare(new OpenedImage(disk), _folder.File("small.vhd")).Warnings), StringComparison.Ordinal);
    }

    internal static VhdConversion Convert(string source, string destination, VhdConversionOptions? options = null)
    {
        using VirtualDisk disk = DiskOpener.Open(source);
        return VhdConverter.Prepare(new OpenedImage(disk), destination, options).Run(cancellation: TestContext.Current.CancellationToken);
    }

    internal static byte[] RandomBytes(int count)
    {
        byte[] bytes = new byte[count];
        new Random(count).NextBytes(bytes);
        return bytes;
    }

    internal static async Task<string> CreateRawAsync(TempFolder folder, byte[] content)
    {
        string path = folder.File("source.raw");
        await File.WriteAllBytesAsync(path, content, TestContext.Current.CancellationToken);
        return path;
    }

    /// <summary>As something does that does not heed locks.</summary>
    private static void Truncate(string path, long length)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "a file that is open can't be cut off on Windows");
        string script = $"truncate -s {length} '{path}'";
        using System.Diagnostics.Process process = System.Diagnostics.Process.Start("/bin/sh", ["-c", script]);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }

    private Task<string> CreateRawAsync(byte[] content) => CreateRawAsync(_folder, content);

    private sealed class RecordedProgress(Action? onReport = null) : IProgress<long>
    {
        private readonly Lock _gate = new();

        public List<long> Values { get; } = [];

        public void Report(long value)
        {
            lock (_gate)
            {
                Values.Add(value);
            }

            onReport?.Invoke();
        }
    }

    private sealed class StoppedClock(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
