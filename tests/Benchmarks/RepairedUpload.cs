using System.Globalization;
using AzImageTools.TestKit;

namespace AzImageTools.Benchmarks;

/// <summary>What a repair on the way up adds to an upload over TLS 1.3, each in a PowerShell of its own that has just started, with the module as it ships.</summary>
internal static class RepairedUpload
{
    private const string Script = "RepairedUpload.ps1";
    private const double Goal = 2;

    /// <summary>Sends a disk by turns with and without repair, and prints what each takes.</summary>
    /// <param name="folder">Where what is needed is made.</param>
    /// <param name="disk">The disk; what is kept beside it is deleted.</param>
    /// <param name="runs">How many runs the medians are of.</param>
    public static void Measure(string folder, string disk, int runs)
    {
        Console.WriteLine();
        if (CompiledPowerShell.Make(folder) is not { } program)
        {
            Console.WriteLine("A repair on the way up is not measured: the compiler of PowerShell's assemblies is not there.");
            return;
        }

        using SinkProcess sink = new(0, TlsIdentity.Create(folder));
        Environment.SetEnvironmentVariable(UploadProcess.AddressVariable, UploadAddress.Of(sink).Sas);
        string script = Path.Combine(AppContext.BaseDirectory, Script);
        List<double> without = [];
        List<double> with = [];
        double sent = 0;
        for (int run = 0; run <= runs; run++)
        {
            foreach ((List<double> taken, string repairs) in new[] { (without, "false"), (with, "true") })
            {
                File.Delete(disk + ".azrepair");
                string[] output = Measurement.Take("dotnet", program, "-NoProfile", "-NonInteractive", "-File", script, RepositoryPaths.ModuleManifest, disk, repairs).Output.Trim().Split(' ');
                sent = double.Parse(output[1], CultureInfo.InvariantCulture);
                if (run > 0)
                {
                    taken.Add(double.Parse(output[0], CultureInfo.InvariantCulture));
                }
            }
        }

        File.Delete(disk + ".azrepair");
        (double plain, double repaired) = (without.Median(), with.Median());
        Console.WriteLine("| Send-AzVhd over TLS 1.3, in a session that has just started | GiB sent | CPU s | with -Repair | More | Goal |");
        Console.WriteLine("|---|---|---|---|---|---|");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| VHDX | {sent / (1 << 30):0.0} | {plain:0.00} | {repaired:0.00} | {(repaired - plain) / plain:0.0%} | {Goal} % |"));
    }
}
