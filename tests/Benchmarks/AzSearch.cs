using System.Diagnostics;
using System.Globalization;
using AzImageTools.TestKit;

namespace AzImageTools.Benchmarks;

/// <summary>The same Marketplace listed by az itself (2.45, Debian's), through the sandbox's host: what <c>az vm image list --all</c> takes beside the search.</summary>
internal static class AzSearch
{
    /// <summary>Measures it.</summary>
    /// <param name="publishers">What the publishers' names hold.</param>
    /// <param name="latency">How long every call takes longer.</param>
    /// <param name="isWhole">Whether it lists the images of all publishers too.</param>
    public static async Task RunAsync(string publishers, TimeSpan latency, bool isWhole)
    {
        if (ExternalTool.Find("az") is not { } az)
        {
            Console.WriteLine("az is not here.");
            return;
        }

        using TempFolder folder = new();
        string log = folder.File("requests.log");
        using Process host = Start(
            "dotnet",
            ["run", "-c", "Release", "--project", Path.Combine(RepositoryPaths.Root, "src", "AzImageTools.Sandbox.Host"), "--", "--marketplace", "--latency", latency.TotalMilliseconds.ToString(CultureInfo.InvariantCulture), "--log", log],
            []);
        try
        {
            Dictionary<string, string> environment = new() { ["AZURE_CONFIG_DIR"] = folder.File("config"), ["AZURE_CORE_COLLECT_TELEMETRY"] = "no", ["AZURE_CORE_ONLY_SHOW_ERRORS"] = "yes", ["PYTHONDONTWRITEBYTECODE"] = "1" };
            while (await host.StandardOutput.ReadLineAsync() is { } line && !line.StartsWith("# READY", StringComparison.Ordinal))
            {
                if (line.Split('=', 2) is [var name, var value])
                {
                    environment[name] = value;
                }
            }

            string python = File.ReadLines(az).First().TrimStart('#', '!').Trim();
            string login = $"login --service-principal -u {environment["AZURE_CLIENT_ID"]} -p any --tenant {environment["AZURE_TENANT_ID"]}";
            (TimeSpan start, _) = await AskAsync(python, [login], environment, log);
            foreach (string filter in isWhole ? [$" --publisher {publishers}", string.Empty] : new[] { $" --publisher {publishers}" })
            {
                (TimeSpan all, int calls) = await AskAsync(python, [login, $"vm image list --all -l westeurope{filter} --query length(@)"], environment, log);
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{$"az vm image list --all{filter}",-48} {(all - start).TotalSeconds,10:F2} s, {calls} calls; without az's own start of {start.TotalSeconds:F2} s"));
            }
        }
        finally
        {
            host.Kill(entireProcessTree: true);
            await host.WaitForExitAsync();
        }
    }

    private static async Task<(TimeSpan Time, int Calls)> AskAsync(string python, string[] commands, Dictionary<string, string> environment, string log)
    {
        int before = Lines(log);
        Stopwatch watch = Stopwatch.StartNew();
        using Process process = Start(python, [Path.Combine(RepositoryPaths.Root, "tests", "Clients", "az", "ask.py"), .. commands], environment);
        string answer = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? (watch.Elapsed, Lines(log) - before) : throw new InvalidOperationException($"az failed: {answer}");
    }

    private static int Lines(string file)
    {
        using StreamReader reader = new(new FileStream(file, FileMode.OpenOrCreate, FileAccess.Read, FileShare.ReadWrite));
        return reader.ReadToEnd().Count(letter => letter == '\n');
    }

    private static Process Start(string program, IEnumerable<string> arguments, Dictionary<string, string> environment)
    {
        ProcessStartInfo start = new(program) { UseShellExecute = false, RedirectStandardOutput = true };
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }
}
