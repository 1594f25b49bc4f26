using System.Diagnostics;
using AzImageTools.TestKit;

namespace AzImageTools.Shell.Tests;

/// <summary>One run of the built shell as a process of its own, with nobody at the keyboard.</summary>
internal sealed record ShellRun(int ExitCode, string Output, string Error)
{
    public static string Assembly { get; } = Path.Combine(AppContext.BaseDirectory, "AzImageTools.Shell.dll");

    public static string FixtureModule { get; } = Path.Combine(RepositoryPaths.Root, "tests", "AzImageTools.Shell.Tests", "Fixture");

    /// <summary>The lines of the output, without the spaces that pad tables and without empty ones.</summary>
    public string[] Lines => [.. Output.Split('\n').Select(line => line.TrimEnd()).Where(line => line.Length > 0)];

    public static Task<ShellRun> CommandAsync(string text) => RunAsync(["-Command", text]);

    public static async Task<ShellRun> ScriptAsync(string text, params string[] arguments)
    {
        using TempFolder folder = new();
        string script = folder.File("script.ps1");
        await File.WriteAllTextAsync(script, text);
        return await RunAsync(["-File", script, .. arguments]);
    }

    public static async Task<ShellRun> RunAsync(string[] arguments, string input = "", IReadOnlyDictionary<string, string>? environment = null)
    {
        ProcessStartInfo start = new("dotnet", [Assembly, .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["AZIMAGETOOLS_MODULE"] = FixtureModule;
        start.Environment.Remove("COLUMNS");
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        using Process process = Process.Start(start)!;
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return new ShellRun(process.ExitCode, await output, await error);
    }
}
