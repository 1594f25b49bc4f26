namespace AzImageTools.Tests.Hostile;

/// <summary>Each command that reads, on each hostile disk.</summary>
/// <remarks>
/// Ten seconds and two are promised on a quiet machine; on one with other work the processor's time is what is the command's own, of all
/// its threads and the runtime's. What is removed after a stop also waits for the file system, which may be as busy. What ends within 0.4 s
/// is not stopped: it has no middle.
/// </remarks>
public sealed class HostileDiskTests(HostileRun run, ITestOutputHelper output) : IClassFixture<HostileRun>
{
    private const double MostCpuSeconds = 10;
    private const int LongestError = 4096;
    private const double MostCpuSecondsToStop = 2;
    private const double MostSecondsToStop = 30;
    private const long MostMemory = 256L << 20;
    private const int MostErrors = 8192;

    public static TheoryData<string> Disks => [.. HostileDisks.All.Keys];

    [Theory]
    [MemberData(nameof(Disks))]
    public async Task Every_command_ends_soon_with_an_answer_or_typed_errors_in_little_memory_and_when_it_is_stopped(string disk)
    {
        IReadOnlyList<HostileResult> all = await run.ResultsAsync();
        Dictionary<string, long> sound = all.Where(static result => result.Disk.Length == 0).ToDictionary(static result => result.Command, static result => result.Peak);
        HostileResult[] results = [.. all.Where(result => result.Disk == disk)];
        foreach (HostileResult result in results)
        {
            output.WriteLine($"{result.Command}: {result.Cpu:0.0} s of processors, {result.Seconds:0.0} s, stopped in {result.Stopped?.ToString("0.00", null) ?? "-"} s, {(result.Peak - sound[result.Command]) >> 20} MiB, {result.ErrorCount} errors {string.Join(string.Empty, result.Errors.Take(1))}");
        }

        Assert.Equal(9, results.Length);
        Assert.All(results, result =>
        {
            Assert.InRange(Math.Max(0, result.Peak - sound[result.Command]), 0, MostMemory);
            Assert.InRange(result.Cpu, 0, MostCpuSeconds);
            Assert.InRange(result.After ?? 0, 0, MostCpuSecondsToStop);
            Assert.InRange(result.Stopped ?? 0, 0, MostSecondsToStop);
            Assert.InRange(result.ErrorCount, 0, MostErrors);
            Assert.All(result.Errors, static error => Assert.InRange(error.Length, 0, LongestError));
            Assert.All(result.Errors, static error => Assert.Matches(@"^[A-Za-z]+,AzImageTools\.\S+\|(?!NotSpecified)[A-Za-z]+\|(Disk|ReadLimit|Vhd|Readiness|Evidence)[A-Za-z]*Exception\|.", error));
        });
    }
}
