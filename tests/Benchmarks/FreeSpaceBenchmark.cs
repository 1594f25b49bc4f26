using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Conversion;
using AzImageTools.Disks.Images;

namespace AzImageTools.Benchmarks;

/// <summary>How much less there is to write of volumes that were in use when their free space is left out, and whether all files stay.</summary>
internal sealed partial class FreeSpaceBenchmark
{
    private const long Gibibyte = 1L << 30;

    private readonly string _mount;
    private readonly string _image;
    private readonly string _vhd;

    private FreeSpaceBenchmark(string folder)
    {
        _mount = Directory.CreateDirectory(Path.Combine(folder, "mount")).FullName;
        _image = Path.Combine(folder, "volume.raw");
        _vhd = Path.Combine(folder, "volume.vhd");
    }

    public static int Run(string[] options)
    {
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess)
        {
            Console.Error.WriteLine("Volumes are mounted, which takes Linux and root.");
            return 2;
        }

        if (BenchmarkOptions.Read(options, 4 * Gibibyte) is not { } read)
        {
            return 2;
        }

        read.RunInFolder(folder => new FreeSpaceBenchmark(folder).Run(read.Size));
        return 0;
    }

    private void Run(long size)
    {
        Console.WriteLine(Text($"Volumes of {size / (double)Gibibyte:0.##} GiB; MiB written to the VHD."));
        Console.WriteLine();
        Console.WriteLine("| Volume | All | Without free space | Fewer | Goal | Look over ms | Free, MiB | by its own tool |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|");
        Measure("NTFS", size, 0.30, ["mkntfs", "-F", "-Q", "-q", _image], ["ntfs-3g", _image, _mount], vhd => ["ntfs-3g", "-o", "ro", vhd, _mount],
            ["ntfsfix", "-n", _vhd], () => Count("ntfsinfo", ["-m", _image], FreeClusters(), ClusterSize()));
        Measure("ext4", size, 0.45, ["mke2fs", "-q", "-F", "-t", "ext4", _image], ["mount", "-o", "loop", _image, _mount], vhd => ["mount", "-o", "loop,ro", vhd, _mount],
            ["e2fsck", "-fn", _vhd], () => Count("dumpe2fs", ["-h", _image], FreeBlocks(), BlockSize()));
    }

    private void Measure(string title, long size, double goal, string[] make, string[] mount, Func<string, string[]> mountAgain, string[] check, Func<long> countFree)
    {
        File.Delete(_image);
        using (FileStream file = File.Create(_image))
        {
            file.SetLength(size);
        }

        Start(make);
        Dictionary<string, ulong> files = Mounted(mount, () =>
        {
            ChurnedVolume.Fill(_mount, size);
            return ChurnedVolume.Hash(_mount);
        });
        VhdConversion all = Convert(skips: false, out _);
        VhdConversion skipped = Convert(skips: true, out TimeSpan survey);
        using (FileStream content = File.OpenWrite(_vhd))
        {
            // Without the footer it is the volume: ntfsfix looks for the copy of the boot sector in the last sector.
            content.SetLength(size);
        }

        Start(check);
        Dictionary<string, ulong> after = Mounted(mountAgain(_vhd), () => ChurnedVolume.Hash(_mount));
        if (!skipped.FreeSpaceSkipped || files.Count != after.Count || files.Any(file => after[file.Key] != file.Value))
        {
            throw new InvalidOperationException($"The {title} volume's files changed, or it was left whole: {skipped.FreeSpace[0]}");
        }

        Console.WriteLine(Text(
            $"| {title}, {files.Count} files | {Mebibytes(all.BytesWritten)} | {Mebibytes(skipped.BytesWritten)} | {100 * (1 - (skipped.BytesWritten / (double)all.BytesWritten)):0} % | {100 * goal:0} % | {survey.TotalMilliseconds:0} | {Mebibytes(skipped.FreeSpace[0].FreeBytes)} | {Mebibytes(countFree())} |"));
    }

    private VhdConversion Convert(bool skips, out TimeSpan prepared)
    {
        using VirtualDisk disk = DiskOpener.Open(_image);
        long start = Stopwatch.GetTimestamp();
        VhdConverter converter = VhdConverter.Prepare(new OpenedImage(disk), _vhd, new VhdConversionOptions { Force = true, FlushesToDevice = false, SkipFreeSpace = skips });
        prepared = Stopwatch.GetElapsedTime(start);
        return converter.Run();
    }

    private T Mounted<T>(string[] mount, Func<T> work)
    {
        Start(mount);
        try
        {
            return work();
        }
        finally
        {
            Start(["umount", _mount]);

            // A file system in a process of its own writes on behind umount, until the process ends.
            while (Process.GetProcessesByName("ntfs-3g").Any(IsOurs))
            {
                Thread.Sleep(20);
            }
        }
    }

    private bool IsOurs(Process process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process.Id}/cmdline").Contains(_mount, StringComparison.Ordinal);
        }
        catch (IOException)
        {
            // It has just ended.
            return false;
        }
    }

    private static string Start(string[] command) => Measurement.Take(command[0], command[1..]).Output;

    private static long Count(string program, string[] arguments, Regex count, Regex unit)
    {
        string output = Measurement.Take(program, arguments).Output;
        return long.Parse(count.Match(output).Value, CultureInfo.InvariantCulture) * long.Parse(unit.Match(output).Value, CultureInfo.InvariantCulture);
    }

    private static string Mebibytes(long bytes) => Text($"{bytes / (double)(1 << 20):0.0}");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    [GeneratedRegex(@"(?<=Free Clusters: )\d+")]
    private static partial Regex FreeClusters();

    [GeneratedRegex(@"(?<=Cluster Size: )\d+")]
    private static partial Regex ClusterSize();

    [GeneratedRegex(@"(?<=Free blocks: +)\d+")]
    private static partial Regex FreeBlocks();

    [GeneratedRegex(@"(?<=Block size: +)\d+")]
    private static partial Regex BlockSize();
}
