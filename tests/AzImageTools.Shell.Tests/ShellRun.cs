using System.Diagnostics;
using AzImageTools.TestKit;

namespace AzImageTools.Shell.Tests;

/// <summary>One run of the built shell, or of another PowerShell, as a process of its own with nobody at the keyboard.</summary>
internal sealed record ShellRun(int ExitCode, string Output, string Error)
{
    /// <summary>The lines of the output, without the spaces that pad tables and without empty ones.</summary>
    public string[] Lines => [.. Output.Split('\n').Select(line => line.TrimEnd()).Where(line => line.Length > 0)];

    public static Task<ShellRun> CommandAsync(string text) => RunAsync(PowerShellProgram.Shell, ["-Command", text]);

    public static async Task<ShellRun> RunAsync(string program, string[] arguments, string input = "", IReadOnlyDictionary<string, string>? environment = null)
    {
        ProcessStartInfo start = new("dotnet", [program, .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        return new ShellRun(process.ExitCode, await output, await error);
    }
}
