using System.Diagnostics;
using System.Globalization;
using AzImageTools.TestKit;

namespace AzImageTools.Tests.Hostile;

/// <summary>The command that takes longest on each hostile disk, again and again, in a process of its own that gets SIGINT, as from Ctrl+C, while it has the disk open.</summary>
public sealed class HostileSignalTests(ITestOutputHelper output) : IDisposable
{
    private const string Finished = "the loop came to its end";

    /// <summary>Against a test that hangs before the reading has begun.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>From the first sight of the open disk into the middle of what is hostile; where the command has ended by then, it has begun again.</summary>
    private static readonly TimeSpan IntoTheMiddle = TimeSpan.FromSeconds(0.5);

    /// <summary>Two seconds are promised on a quiet machine; left alone, the loop has no end.</summary>
    private static readonly TimeSpan LongestEnd = TimeSpan.FromSeconds(20);

    private readonly TempFolder _folder = new();

    public static TheoryData<string> Disks => [.. HostileDisks.All.Keys];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Disks))]
    public async Task Ctrl_C_ends_the_shell_in_the_middle_of_a_hostile_disk(string name)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "which files a process has open is read as Linux tells it");
        ExternalTool.SkipUnlessInstalled("kill");
        string disk = await HostileDisks.All[name](_folder);
        string made = Directory.CreateDirectory(_folder.File("destination")).FullName;
        string command = name.StartsWith("QCOW2", StringComparison.Ordinal) ? $"Convert-AzVhd -LiteralPath '{disk}' '{made}/made.vhd' -Force"
            : name.StartsWith("a GPT", StringComparison.Ordinal) ? $"Get-AzVhdInfo -LiteralPath '{disk}' -Check"
            : name.StartsWith("an ext", StringComparison.Ordinal) ? $"Get-AzVhdItem -LiteralPath '{disk}' -Recurse"
            : $"Test-SysprepReadiness -LiteralPath '{disk}'";
        string script = $"""
            Import-Module '{Path.Combine(RepositoryPaths.Root, "out", "AzImageTools")}'
            while ($true) {'{'} {command} 2>$null | Out-Null {'}'}
            '{Finished}'
            """;
        ProcessStartInfo start = new("env", ["--default-signal=INT", "dotnet", PowerShellProgram.Shell, "-Command", script])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        Task<string> printed = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        try
        {
            using CancellationTokenSource patience = new(Patience);
            while (!HasOpen(process, disk) && !process.HasExited)
            {
                await Task.Delay(5, patience.Token);
            }

            await Task.Delay(IntoTheMiddle, patience.Token);
            Assert.False(process.HasExited, "It ended before it was stopped.");
            await ExternalTool.RunAsync("kill", "-INT", process.Id.ToString(CultureInfo.InvariantCulture));
            using CancellationTokenSource end = new(LongestEnd);
            long stopped = Stopwatch.GetTimestamp();
            await process.WaitForExitAsync(end.Token);
            output.WriteLine($"It ended after {Stopwatch.GetElapsedTime(stopped).TotalSeconds:0.0} s with exit code {process.ExitCode}.");
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }

        string said = await printed + await error;
        Assert.Equal(1, process.ExitCode);
        Assert.Equal(string.Empty, said.Trim());
        Assert.Empty(Directory.GetFileSystemEntries(made));
    }

    private static bool HasOpen(Process process, string path)
    {
        try
        {
            return Directory.EnumerateFiles($"/proc/{process.Id}/fd").Any(link => File.ResolveLinkTarget(link, returnFinalTarget: false)?.FullName == path);
        }
        catch (IOException)
        {
            // A file was closed meanwhile, or the process has ended.
            return false;
        }
    }
}
