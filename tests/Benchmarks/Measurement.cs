using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace AzImageTools.Benchmarks;

/// <summary>What a process took, on Linux.</summary>
/// <param name="Wall">Seconds from its start to its end.</param>
/// <param name="Cpu">Seconds of processor time, of it and what it started.</param>
/// <param name="PeakMemory">The most bytes it had in memory at once.</param>
/// <param name="Output">What it printed.</param>
internal sealed record Measurement(double Wall, double Cpu, long PeakMemory, string Output)
{
    private const int Children = -1;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(5);

    /// <summary>Runs a program and measures it.</summary>
    public static Measurement Take(string program, params string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        double cpuBefore = GetChildrenSeconds();
        Stopwatch time = Stopwatch.StartNew();
        using Process process = Process.Start(start) ?? throw new Win32Exception($"{program} did not start.");
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        long peak = 0;
        while (!process.WaitForExit(Interval))
        {
            peak = Math.Max(peak, ReadPeakMemory(process.Id));
        }

        double wall = time.Elapsed.TotalSeconds;
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}: {output.Result}{error.Result}");
        }

        return new Measurement(wall, GetChildrenSeconds() - cpuBefore, peak, output.Result);
    }

    /// <summary>The kernel keeps the highest value itself: the last one seen is right as long as memory does not grow in the last moment.</summary>
    private static long ReadPeakMemory(int process)
    {
        try
        {
            string? line = File.ReadLines($"/proc/{process}/status").FirstOrDefault(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
            return line is null ? 0 : long.Parse(line["VmHWM:".Length..].Replace("kB", string.Empty, StringComparison.Ordinal), CultureInfo.InvariantCulture) * 1024;
        }
        catch (IOException)
        {
            // It has just ended.
            return 0;
        }
    }

    /// <summary>The processor time of all processes started from here that have ended.</summary>
    private static unsafe double GetChildrenSeconds()
    {
        // struct rusage: two timevals of two longs, then fourteen longs.
        long* usage = stackalloc long[18];
        if (GetUsage(Children, usage) != 0)
        {
            throw new Win32Exception();
        }

        return usage[0] + usage[2] + ((usage[1] + usage[3]) / 1e6);
    }

    [DllImport("libc", EntryPoint = "getrusage", SetLastError = true)]
    private static extern unsafe int GetUsage(int who, long* usage);
}
