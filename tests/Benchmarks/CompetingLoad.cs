using System.ComponentModel;
using System.Diagnostics;

namespace AzImageTools.Benchmarks;

/// <summary>Processes that take all of the processor's time that they get, until it is disposed of.</summary>
internal sealed class CompetingLoad : IDisposable
{
    public const string Mode = "busy";

    private readonly List<Process> _processes;

    public CompetingLoad(int processes)
    {
        _processes = [.. Enumerable.Range(0, processes).Select(static _ => Process.Start(new ProcessStartInfo(Environment.ProcessPath!, [Mode]) { UseShellExecute = false, RedirectStandardInput = true })
            ?? throw new Win32Exception("The load did not start."))];
    }

    /// <summary>Computes until its input ends.</summary>
    public static int Run()
    {
        using ManualResetEventSlim ended = new();
        Thread work = new(() =>
        {
            while (!ended.IsSet)
            {
            }
        });
        work.Start();
        Console.In.ReadToEnd();
        ended.Set();
        work.Join();
        return 0;
    }

    public void Dispose()
    {
        foreach (Process process in _processes)
        {
            process.StandardInput.Close();
            process.WaitForExit();
            process.Dispose();
        }
    }
}
