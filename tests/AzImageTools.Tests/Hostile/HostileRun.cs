using System.Text.Json;
using AzImageTools.TestKit;

namespace AzImageTools.Tests.Hostile;

/// <summary>All commands that read, on all hostile disks, in one process of PowerShell: what each took, said, and how soon it was stopped.</summary>
public sealed class HostileRun : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly Lazy<Task<IReadOnlyList<HostileResult>>> _results;

    public HostileRun() => _results = new(RunAsync);

    /// <summary>The results, by the disk; the sound disk's have an empty name. Skips the test where the disks can't be made.</summary>
    public Task<IReadOnlyList<HostileResult>> ResultsAsync() => _results.Value;

    public void Dispose() => _folder.Dispose();

    private async Task<IReadOnlyList<HostileResult>> RunAsync()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the most memory that a process had is read as Linux tells it");
        List<string> disks = [$"|{await HostileDisks.MakeSoundAsync(_folder)}"];
        foreach ((string name, Func<TempFolder, Task<string>> make) in HostileDisks.All)
        {
            disks.Add($"{name}|{await make(_folder)}");
        }

        string made = Directory.CreateDirectory(_folder.File("made")).FullName;
        string script = Path.Combine(RepositoryPaths.Root, "tests", "AzImageTools.Tests", "Hostile", "HostileRun.ps1");
        string list = string.Join(", ", disks.Select(disk => $"'{disk}'"));
        string said = await PowerShellProgram.RunAsync($"& '{script}' '{RepositoryPaths.ModuleManifest}' '{made}' {list}");
        return [.. said.Split('\n').Where(line => line.StartsWith('{')).Select(line => JsonSerializer.Deserialize<HostileResult>(line, JsonSerializerOptions.Web)!)];
    }
}

/// <summary>What came of one command on one disk.</summary>
/// <param name="Disk">The disk's name.</param>
/// <param name="Command">The command.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="Cpu">How many seconds of processors that was.</param>
/// <param name="Stopped">How many seconds it took to stop it in its middle; null where it ends too soon for that.</param>
/// <param name="After">How many seconds of processors that was.</param>
/// <param name="Peak">The most memory that the process had meanwhile beyond what it had before, in bytes.</param>
/// <param name="ErrorCount">How many errors came.</param>
/// <param name="Errors">The first of them: id, category, type and message, with '|' between.</param>
public sealed record HostileResult(string Disk, string Command, double Seconds, double Cpu, double? Stopped, double? After, long Peak, int ErrorCount, IReadOnlyList<string> Errors);
