using System.Diagnostics;
using System.Text;

namespace AzImageTools.Clients.Tests;

/// <summary>A client of Azure as a process of its own, with what the server says a client needs in its environment.</summary>
/// <param name="ExitCode">How it ended.</param>
/// <param name="Output">What it printed on both streams, line by line as it came.</param>
internal sealed record ClientProcess(int ExitCode, string Output)
{
    private static readonly TimeSpan LongestRun = TimeSpan.FromMinutes(4);

    public static Task<ClientProcess> RunAsync(string program, IEnumerable<string> arguments, ServedCloud served, params (string Name, string Value)[] more)
        => RunAsync(program, arguments, served, killWhen: null, more);

    /// <summary>Runs a client that is killed, as by kill -9, once something holds; null for never.</summary>
    public static async Task<ClientProcess> RunAsync(string program, IEnumerable<string> arguments, ServedCloud served, Func<bool>? killWhen, params (string Name, string Value)[] more)
    {
        ProcessStartInfo start = new(program) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach ((string name, string value) in served.Server.Environment.Select(entry => (entry.Key, entry.Value)).Concat(more))
        {
            start.Environment[name] = value;
        }

        StringBuilder output = new();
        using Process process = new() { StartInfo = start };
        process.OutputDataReceived += (_, line) => Add(line.Data);
        process.ErrorDataReceived += (_, line) => Add(line.Data);
        process.Start();
        process.StandardInput.Close();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        using CancellationTokenSource patience = new(LongestRun);
        try
        {
            while (killWhen is not null && !process.HasExited)
            {
                if (killWhen())
                {
                    process.Kill();
                }

                await Task.Delay(1, patience.Token);
            }

            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            Add($"killed after {LongestRun}");
            return new ClientProcess(-1, output.ToString());
        }

        return new ClientProcess(process.ExitCode, output.ToString());

        void Add(string? line)
        {
            lock (output)
            {
                output.AppendLine(line);
            }
        }
    }
}
