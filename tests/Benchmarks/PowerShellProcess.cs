using System.Globalization;
using AzImageTools.TestKit;

namespace AzImageTools.Benchmarks;

/// <summary>How much more memory a PowerShell takes that uses the module than one that does nothing: the import, the cmdlets, their output.</summary>
internal static class PowerShellProcess
{
    private const string Program = "pwsh";
    private const double Mebibyte = 1 << 20;

    /// <summary>Measures scripts in processes of their own, by turns with one that does nothing, and prints a row of each; or that there is no PowerShell.</summary>
    /// <param name="works">Titles and scripts.</param>
    /// <param name="goal">How much more memory each may take, in MiB.</param>
    /// <param name="runs">How many runs the medians are of.</param>
    public static void Measure(IReadOnlyList<(string Title, string Script)> works, int goal, int runs)
    {
        Console.WriteLine();
        if (ExternalTool.Find(Program) is null)
        {
            Console.WriteLine($"Not installed here, so the cmdlets were not measured: {Program}.");
            return;
        }

        string version = Measurement.Take(Program, Arguments("\"$($PSVersionTable.PSVersion)\"")).Output.Trim();
        string import = $"$ErrorActionPreference = 'Stop'; Import-Module '{Path.Combine(RepositoryPaths.Module, "AzImageTools.psd1")}'; ";
        foreach ((_, string script) in works)
        {
            Measurement.Take(Program, Arguments(import + script));
        }

        List<double> empty = [];
        List<double>[] peaks = [.. works.Select(_ => new List<double>())];
        for (int run = 0; run < runs; run++)
        {
            empty.Add(Measurement.Take(Program, Arguments("exit")).PeakMemory);
            for (int work = 0; work < works.Count; work++)
            {
                peaks[work].Add(Measurement.Take(Program, Arguments(import + works[work].Script)).PeakMemory);
            }
        }

        Console.WriteLine($"| In PowerShell {version} | Peak MiB | of an empty one | More | Goal |");
        Console.WriteLine("|---|---|---|---|---|");
        foreach (((string title, _), List<double> own) in works.Zip(peaks))
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"| {title} | {Median(own):0} | {Median(empty):0} | {Median(own) - Median(empty):0} | {goal} |"));
        }
    }

    private static string[] Arguments(string script) => ["-NoProfile", "-NonInteractive", "-Command", script];

    private static double Median(List<double> bytes) => bytes.Order().ElementAt(bytes.Count / 2) / Mebibyte;
}
