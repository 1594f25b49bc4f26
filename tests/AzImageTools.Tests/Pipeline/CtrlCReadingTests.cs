using System.Diagnostics;
using System.Globalization;
using AzImageTools.TestKit;

namespace AzImageTools.Tests.Pipeline;

/// <summary>Commands that read, each in a process of its own that gets SIGINT, as from Ctrl+C, in the middle of its reading.</summary>
public sealed class CtrlCReadingTests(ITestOutputHelper output) : IDisposable
{
    private const string Finished = "the command came to its end";

    /// <summary>Against a test that hangs before the reading has begun.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>Left alone, these have 20 to 120 reads of a second each before them, and say at last that they came to their end.</summary>
    private static readonly TimeSpan LongestEnd = TimeSpan.FromSeconds(20);

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("notready.vhdx", "Get-AzVhdInfo -LiteralPath $disk", 40)]
    [InlineData("notready.vhdx", "Get-AzVhdInfo -LiteralPath $disk -Check", 12)]
    [InlineData("notready.vhdx", "Test-SysprepReadiness -LiteralPath $disk", 50)]
    [InlineData("linux.vhd", "Test-DeprovisionReadiness -LiteralPath $disk", 50)]
    [InlineData("notready.vhdx", "Get-AzVhdItem -LiteralPath $disk -Recurse", 50)]
    [InlineData("notready.vhdx", "Get-AzVhdRegistryValue -LiteralPath $disk HKLM\\SOFTWARE, HKLM\\SYSTEM -Recurse", 40)]
    [InlineData("linux.vhd", "Copy-AzVhdItem -LiteralPath $disk * $folder -Recurse", 50)]
    [InlineData("linux.vhd", "Convert-AzVhd -LiteralPath $disk $folder/made.vhd -SkipFreeSpace -WhatIf", 100)]
    [InlineData("notready.vhdx", "Convert-AzVhd -LiteralPath $disk $folder/made.vhd", 20)]
    public Task Ctrl_C_ends_a_command_in_the_middle_of_its_reading(string name, string command, int readsBefore)
        => StopAsync(name, command, readsBefore, disk => disk.Reads > readsBefore + 1);

    [Fact]
    public Task Ctrl_C_ends_a_conversion_that_waits_for_its_device()
        => StopAsync("linux.vhd", "Convert-AzVhd -LiteralPath $disk $folder/made.vhd", readsBefore: null, static disk => disk.IsFlushing);

    private async Task StopAsync(string name, string command, int? readsBefore, Func<SlowDisk, bool> isInTheMiddle)
    {
        SlowDisk disk = await SlowDisk.MakeAsync($"disks/{name}", _folder);
        ExternalTool.SkipUnlessInstalled("kill");
        string script = $"""
            Import-Module '{Path.Combine(RepositoryPaths.Root, "out", "AzImageTools")}'
            $disk = '{disk.Path}'
            $folder = '{Directory.CreateDirectory(_folder.File("destination")).FullName}'
            {command}
            '{Finished}'
            """;
        ProcessStartInfo start = new("env", ["--default-signal=INT", "dotnet", PowerShellProgram.Shell, "-Command", script])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        disk.SlowDown(start, after: readsBefore);
        using Process process = Process.Start(start)!;
        Task<string> printed = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        try
        {
            using CancellationTokenSource patience = new(Patience);
            while (!isInTheMiddle(disk) && !process.HasExited)
            {
                await Task.Delay(20, patience.Token);
            }

            Assert.False(process.HasExited, "It ended before it was stopped.");
            await ExternalTool.RunAsync("kill", "-INT", process.Id.ToString(CultureInfo.InvariantCulture));
            using CancellationTokenSource end = new(LongestEnd);
            long stopped = Stopwatch.GetTimestamp();
            await process.WaitForExitAsync(end.Token);
            output.WriteLine($"It ended after {Stopwatch.GetElapsedTime(stopped).TotalSeconds:0.0} s.");
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }

        string said = await printed + await error;
        Assert.DoesNotContain(Finished, said, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", said, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.File("destination"), "*made.vhd*"));
    }
}
