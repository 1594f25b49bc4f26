using System.Globalization;
using AzImageTools.TestKit;

namespace AzImageTools.Benchmarks;

/// <summary>What the first commands of a session take: the module as it ships and without what is compiled ahead, by turns, in PowerShell as its packages and as its tool bring it.</summary>
internal sealed class StartBenchmark
{
    private const long Mebibyte = 1L << 20;
    private const string Script = "StartScript.ps1";

    /// <summary>The most milliseconds of the processor that the first of each may take.</summary>
    private static readonly Dictionary<string, int> Goals = new(StringComparer.Ordinal)
    {
        ["import"] = 60,
        ["first Get-AzVhdInfo"] = 60,
        ["first Test-SysprepReadiness"] = 150,
        ["first Send-AzVhd, 8 MiB of data"] = 150,
    };

    public static int Run(string[] options)
    {
        if (BenchmarkOptions.Read(options, 0) is not { } read)
        {
            return 2;
        }

        if (!Directory.Exists(Path.Combine(RepositoryPaths.Module, "bin", "net8.0", "linux-x64")))
        {
            Console.Error.WriteLine("Nothing of the module is compiled ahead: build it in Release.");
            return 2;
        }

        read.RunInFolder(folder => Run(folder, read.Runs));
        return 0;
    }

    private static void Run(string folder, int runs)
    {
        using TempFolder unpacked = new();
        using SinkProcess sink = new(0);
        Environment.SetEnvironmentVariable(UploadProcess.AddressVariable, UploadAddress.Of(sink).Sas);
        string disk = TestFile.Unpack("disks/ready-dynamic.vhdx", unpacked);
        string vhd = CreateVhd(folder);
        string empty = Path.Combine(folder, "Empty.psd1");
        File.WriteAllText(empty, "@{ RootModule = 'Empty.psm1'; ModuleVersion = '1.0'; FunctionsToExport = @(); CmdletsToExport = @() }");
        File.WriteAllText(Path.Combine(folder, "Empty.psm1"), string.Empty);
        string uncompiled = Path.Combine(folder, "uncompiled");
        Measurement.Take("cp", "-r", RepositoryPaths.Module, uncompiled);
        foreach (string system in Directory.EnumerateDirectories(Path.Combine(uncompiled, "bin", "net8.0")))
        {
            Directory.Delete(system, recursive: true);
        }

        (string Title, string Manifest)[] modules = [("as it ships", RepositoryPaths.ModuleManifest), ("nothing compiled ahead", Path.Combine(uncompiled, "AzImageTools.psd1"))];
        string? compiled = CompiledPowerShell.Make(folder);
        foreach ((string title, string? program) in new[] { ("as its packages bring it, compiled ahead", compiled), ("as its tool brings it, not compiled", PowerShellProgram.Path) })
        {
            Console.WriteLine();
            if (program is null)
            {
                Console.WriteLine($"PowerShell {title}: not measured, the compiler is not there.");
                continue;
            }

            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"PowerShell {title}; medians of {runs} runs by turns. Each figure: the module as it ships / with nothing compiled ahead."));
            Console.WriteLine();
            Console.WriteLine("| | CPU ms | Goal | Wall ms | Methods compiled | Assemblies loaded |");
            Console.WriteLine("|---|---|---|---|---|---|");
            Print(Take(program, modules, [empty, disk, vhd], runs));
        }
    }

    private static List<(string Title, double[] Figures)[]>[] Take(string program, (string Title, string Manifest)[] modules, string[] arguments, int runs)
    {
        string script = Path.Combine(AppContext.BaseDirectory, Script);
        List<(string, double[])[]>[] taken = [.. modules.Select(static _ => new List<(string, double[])[]>())];
        for (int run = 0; run <= runs; run++)
        {
            for (int module = 0; module < modules.Length; module++)
            {
                string output = Measurement.Take("dotnet", [program, "-NoProfile", "-NonInteractive", "-File", script, modules[module].Manifest, .. arguments]).Output;
                if (run > 0)
                {
                    taken[module].Add([.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => line.Split('|')).Select(static fields => (fields[0], fields[1..].Select(Number).ToArray()))]);
                }
            }
        }

        return taken;
    }

    private static void Print(List<(string Title, double[] Figures)[]>[] taken)
    {
        for (int row = 0; row < taken[0][0].Length; row++)
        {
            string title = taken[0][0][row].Title;
            string[] figures = [.. Enumerable.Range(0, 4).Select(figure => string.Join(" / ", taken.Select(runs => runs.Median(run => run[row].Figures[figure]).ToString("0", CultureInfo.InvariantCulture))))];
            Console.WriteLine($"| {title} | {figures[0]} | {(Goals.TryGetValue(title, out int goal) ? goal : null)} | {figures[1]} | {figures[2]} | {figures[3]} |");
        }
    }

    /// <summary>A fixed VHD of 64 MiB with a piece of 1 MiB in each eighth.</summary>
    private static string CreateVhd(string folder)
    {
        string raw = Path.Combine(folder, "small.raw");
        byte[] data = new byte[Mebibyte];
        using (FileStream file = File.Create(raw))
        {
            file.SetLength(64 * Mebibyte);
            for (int i = 0; i < 8; i++)
            {
                new Random(i).NextBytes(data);
                RandomAccess.Write(file.SafeFileHandle, data, i * 8 * Mebibyte);
            }
        }

        string vhd = Path.Combine(folder, "small.vhd");
        Measurement.Take("qemu-img", "convert", "-f", "raw", "-O", "vpc", "-o", "subformat=fixed,force_size=on", raw, vhd);
        File.Delete(raw);
        return vhd;
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
