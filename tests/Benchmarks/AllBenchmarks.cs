using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace AzImageTools.Benchmarks;

/// <summary>Runs all benchmarks one after the other, each in a process of its own: what one sets in its environment is not the next one's.</summary>
internal static class AllBenchmarks
{
    private const string QuickOption = "--quick";

    /// <summary>Each with what makes it quick: smaller disks and single runs, whose figures tell a leap, not a percent.</summary>
    private static readonly (string Name, string Quick)[] Benchmarks =
    [
        ("start", "--runs 1"),
        ("convert", "--size 1 --runs 1"),
        ("freespace", "--size 1"),
        ("repair", "--size 2 --files 1000 --runs 1"),
        ("read", "--files 3000 --runs 1"),
        ("report", "--size 8 --files 3000 --runs 1"),
        ("remote", "--size 8 --files 3000 --runs 1"),
        ("upload", "--size 1 --runs 1"),
        ("limits", "--size 1 --runs 1"),
        ("download", "--size 0.25 --runs 1"),
        ("many", "--size 8 --count 20 --files 1000 --runs 1"),
        ("growth", "--size 0.25 --files 4000 --runs 2"),
        ("search", ""),
    ];

    public static int Run(string[] options)
    {
        bool isQuick = options.Contains(QuickOption);
        List<string> failed = [];
        List<(string Name, double Seconds)> taken = [];
        Stopwatch time = Stopwatch.StartNew();
        foreach ((string name, string quick) in Benchmarks)
        {
            TimeSpan begun = time.Elapsed;
            Console.WriteLine();
            Console.WriteLine($"# {name} {(isQuick ? quick : null)}".TrimEnd());
            Console.WriteLine();
            using Process process = Process.Start(Environment.ProcessPath!, [name, .. isQuick ? quick.Split(' ', StringSplitOptions.RemoveEmptyEntries) : []]) ?? throw new Win32Exception($"{name} did not start.");
            process.WaitForExit();
            if (process.ExitCode != 0)
            {
                failed.Add(name);
            }

            taken.Add((name, (time.Elapsed - begun).TotalSeconds));
            Console.WriteLine();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name} took {taken[^1].Seconds:0} s."));
        }

        Console.WriteLine();
        Console.WriteLine("| Part | Seconds |");
        Console.WriteLine("|---|---|");
        foreach ((string name, double seconds) in taken)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {name} | {seconds:0} |"));
        }

        Console.WriteLine();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"All took {time.Elapsed.TotalMinutes:0.0} minutes{(failed.Count > 0 ? $"; failed: {string.Join(", ", failed)}" : null)}."));
        return failed.Count == 0 ? 0 : 1;
    }
}
