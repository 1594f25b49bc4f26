using System.Globalization;

namespace AzImageTools.Benchmarks;

/// <summary>What a benchmark is told on the command line.</summary>
/// <param name="Size">The disk's size in bytes.</param>
/// <param name="Runs">How many runs the medians are of.</param>
/// <param name="Folder">Where the files may be made.</param>
internal sealed record BenchmarkOptions(long Size, int Runs, string Folder)
{
    private const long Gibibyte = 1L << 30;

    /// <summary>A part of the names of what to measure; empty for all of it.</summary>
    public string From { get; private init; } = string.Empty;

    /// <summary>How many small files the guest has beside Windows.</summary>
    public int Files { get; private init; } = 30_000;

    /// <summary>How many disks are looked through.</summary>
    public int Count { get; private init; } = 200;

    /// <summary>How many processes compete for the processor meanwhile.</summary>
    public int Load { get; private init; }

    /// <summary>A folder whose files are left for the next run; null for none.</summary>
    public string? Keep { get; private init; }

    /// <summary>Reads the options; null, with a message printed, where they or the system don't fit.</summary>
    /// <param name="options">The options.</param>
    /// <param name="size">The size in bytes where none is given.</param>
    public static BenchmarkOptions? Read(string[] options, long size)
    {
        if (!OperatingSystem.IsLinux())
        {
            Console.Error.WriteLine("Processes are measured on Linux only.");
            return null;
        }

        BenchmarkOptions read = new(size, 5, Path.GetTempPath());
        for (int i = 0; i + 1 < options.Length; i += 2)
        {
            switch (options[i])
            {
                case "--size":
                    read = read with { Size = (long)(double.Parse(options[i + 1], CultureInfo.InvariantCulture) * Gibibyte) };
                    break;
                case "--runs":
                    read = read with { Runs = int.Parse(options[i + 1], CultureInfo.InvariantCulture) };
                    break;
                case "--files":
                    read = read with { Files = int.Parse(options[i + 1], CultureInfo.InvariantCulture) };
                    break;
                case "--count":
                    read = read with { Count = int.Parse(options[i + 1], CultureInfo.InvariantCulture) };
                    break;
                case "--load":
                    read = read with { Load = int.Parse(options[i + 1], CultureInfo.InvariantCulture) };
                    break;
                case "--from":
                    read = read with { From = options[i + 1] };
                    break;
                case "--folder":
                    read = read with { Folder = options[i + 1] };
                    break;
                case "--keep":
                    read = read with { Keep = options[i + 1] };
                    break;
                default:
                    Console.Error.WriteLine($"There is no option {options[i]}.");
                    return null;
            }
        }

        return read;
    }

    /// <summary>Runs a benchmark in a folder of its own, which is gone afterwards unless it is to be kept.</summary>
    public void RunInFolder(Action<string> benchmark)
    {
        string folder = Keep ?? Path.Combine(Folder, $"azimagetools-benchmark-{Environment.ProcessId}");
        Directory.CreateDirectory(folder);
        try
        {
            benchmark(folder);
        }
        finally
        {
            if (Keep is null)
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }
}
