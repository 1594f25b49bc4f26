using System.Diagnostics;
using System.IO.Compression;
using AzImageTools.Fuzz.Targets;

namespace AzImageTools.Fuzz;

/// <summary>Runs executions of a target: each makes an input, or damages one, and walks it.</summary>
internal sealed class FuzzRunner(FuzzTarget target, long seed, FuzzLimits limits, string? findingsFolder)
{
    private const int PollMilliseconds = 200;

    private long _running;
    private long _startedAt;

    public FuzzReport Report { get; } = new(target.Name);

    /// <summary>Runs some executions on a thread of its own, which is left behind where one does not come back.</summary>
    public void Run(long first, long count)
    {
        if (Report.IsStuck)
        {
            return;
        }

        // Loaded before the clock starts.
        _ = target.Subjects.Count;
        Volatile.Write(ref _startedAt, Stopwatch.GetTimestamp());
        Thread worker = new(() => RunAll(first, count)) { IsBackground = true };
        worker.Start();
        while (!worker.Join(PollMilliseconds))
        {
            if (Stopwatch.GetElapsedTime(Volatile.Read(ref _startedAt)) > limits.Time)
            {
                long execution = Volatile.Read(ref _running);
                Save(new Finding(target.Name, SubjectOf(execution).Name, seed, execution, $"Hang: it did not come back within {limits.Time.TotalSeconds} seconds.", string.Empty), isStuck: true);
                return;
            }
        }
    }

    private void RunAll(long first, long count)
    {
        for (long execution = first; execution < first + count; execution++)
        {
            Volatile.Write(ref _running, execution);
            Volatile.Write(ref _startedAt, Stopwatch.GetTimestamp());
            Execute(execution);
        }
    }

    private void Execute(long execution)
    {
        IFuzzSubject subject = SubjectOf(execution);
        FuzzRandom random = FuzzRandom.ForExecution(seed, target.Name, execution);
        subject.Prepare(random);

        long bytesBefore = GC.GetAllocatedBytesForCurrentThread();
        TimeSpan start = ThreadClock.Now;
        bool isOpened = false;
        try
        {
            isOpened = subject.Walk(random);
        }
#pragma warning disable CA1031 // Any exception that gets here is what is looked for.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Save(Finding.FromException(target.Name, subject.Name, seed, execution, exception), isStuck: false);
        }

        long bytes = GC.GetAllocatedBytesForCurrentThread() - bytesBefore;
        TimeSpan time = ThreadClock.Now - start;
        Report.AddExecution(execution, isOpened, time, bytes);
        if (time > limits.Processor)
        {
            Save(new Finding(target.Name, subject.Name, seed, execution, $"Processor: it took {time.TotalSeconds:F1} seconds of a processor; {limits.Processor.TotalSeconds} are allowed.", string.Empty), isStuck: false);
        }

        if (bytes > limits.Bytes)
        {
            Save(new Finding(target.Name, subject.Name, seed, execution, $"Allocation: {bytes} bytes were allocated; {limits.Bytes} may be.", string.Empty), isStuck: false);
        }
    }

    private IFuzzSubject SubjectOf(long execution) => target.Subjects[(int)(execution % target.Subjects.Count)];

    /// <summary>Keeps the first finding of a kind: how to run it again, and the damaged image.</summary>
    private void Save(Finding finding, bool isStuck)
    {
        if (!Report.Add(finding, isStuck) || findingsFolder is null)
        {
            return;
        }

        Directory.CreateDirectory(findingsFolder);
        string path = Path.Combine(findingsFolder, FormattableString.Invariant($"{finding.Target}-{finding.Seed}-{finding.Execution}"));
        File.WriteAllText(path + ".txt", finding.ToString());
        using GZipStream packed = new(File.Create($"{path}-{finding.Subject}.gz"), CompressionLevel.Fastest);
        SubjectOf(finding.Execution).CopyTo(packed);
    }
}
