using System.Globalization;
using AzImageTools.TestKit;

namespace AzImageTools.Benchmarks;

/// <summary>How much more memory a PowerShell takes that uses the module than one that does nothing: the import, the cmdlets, their output.</summary>
internal static class PowerShellProcess
{
    private const double Mebibyte = 1 << 20;

    /// <summary>Measures scripts in processes of their own, by turns with one that does nothing, and prints a row of each.</summary>
    /// <param name="works">Titles and scripts.</param>
    /// <param name="goal">How much more memory each may take, in MiB.</param>
    /// <param name="runs">How many runs the medians are of.</param>
    public static void Measure(IReadOnlyList<(string Title, string Script)> works, int goal, int runs)
    {
        Console.WriteLine();
        string version = Measurement.Take("dotnet", Arguments("\"$($PSVersionTable.PSVersion)\"")).Output.Trim();
        string import = $"$ErrorActionPreference = 'Stop'; Import-Module '{RepositoryPaths.ModuleManifest}'; ";
        foreach ((_, string script) in works)
        {
            Measurement.Take("dotnet", Arguments(import + script));
        }

        List<double> empty = [];
        List<double>[] peaks = [.. works.Select(_ => new List<double>())];
        for (int run = 0; run < runs; run++)
        {
            empty.Add(Measurement.Take("dotnet", Arguments("exit")).PeakMemory);
            for (int work = 0; work < works.Count; work++)
            {
                peaks[work].Add(Measurement.Take("dotnet", Arguments(import + works[work].Script)).PeakMemory);
            }
        }

        Console.WriteLine($"| In PowerShell {version} | Peak MiB | of an empty one | More | Goal |");
        Console.WriteLine("|---|---|---|---|---|");
        foreach (((string title, _), List<double> own) in works.Zip(peaks))
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"| {title} | {own.Median() / Mebibyte:0} | {empty.Median() / Mebibyte:0} | {(own.Median() - empty.Median()) / Mebibyte:0} | {goal} |"));
        }
    }

    private static string[] Arguments(string script) => PowerShellProgram.Arguments("-Command", script);
}
