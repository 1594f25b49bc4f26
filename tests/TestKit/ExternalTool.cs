using System.ComponentModel;
using System.Diagnostics;
using Xunit;

namespace AzImageTools.TestKit;

/// <summary>Programs that tests use as oracles where they are installed, such as qemu-img.</summary>
public static class ExternalTool
{
    /// <summary>Skips the running test, saying why, unless all the programs can be found.</summary>
    public static void SkipUnlessInstalled(params string[] programs)
    {
        string[] missing = [.. programs.Where(program => Find(program) is null)];
        Assert.SkipUnless(missing.Length == 0, $"not installed here: {string.Join(", ", missing)}");
    }

    /// <summary>The program's path; null where it is not on PATH.</summary>
    public static string? Find(string program)
        => (Environment.GetEnvironmentVariable("PATH") ?? string.Empty)
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Concat(OperatingSystem.IsWindows() ? [] : ["/usr/sbin", "/sbin"])
            .Select(folder => Path.Combine(folder, program))
            .FirstOrDefault(File.Exists);

    /// <summary>Runs the program and returns what it printed; fails the test when it ends with another exit code than 0.</summary>
    public static async Task<string> RunAsync(string program, params string[] arguments)
    {
        (int exitCode, string output, string error) = await TryRunAsync(program, arguments);
        Assert.True(exitCode == 0, $"{program} {string.Join(' ', arguments)} ended with {exitCode}:\n{output}{error}");
        return output;
    }

    /// <summary>Runs the program and returns its exit code and what it printed.</summary>
    public static async Task<(int ExitCode, string Output, string Error)> TryRunAsync(string program, params string[] arguments)
    {
        ProcessStartInfo start = new(Find(program) ?? program)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        using Process process = Process.Start(start) ?? throw new Win32Exception($"{program} did not start.");
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await error);
    }
}
