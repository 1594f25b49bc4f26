using AzImageTools.Disks;
using AzImageTools.Disks.Inspection;
using AzImageTools.Readiness;
using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Rules;

namespace AzImageTools.Pipeline;

/// <summary>What a command saw and decided, as verbose messages: made only where somebody reads them.</summary>
internal static class Explanations
{
    /// <summary>Tells as what a disk image was read: its container, its volumes and who reads them, the system on it.</summary>
    public static void Explain(this IStreamSink sink, DiskInfo disk)
    {
        if (!sink.Wishes.Verbose)
        {
            return;
        }

        string parent = disk.Parent is null ? string.Empty : $", on top of {disk.Parent}";
        sink.WriteVerbose($"{disk.Path}: read as {disk.Format} {disk.SubFormat}, {ByteSize.Format(disk.Capacity)} in {ByteSize.Format(disk.FileSize)}{parent}; {disk.PartitionStyle} with {disk.Partitions.Count} partitions.");
        foreach (VolumeInfo volume in disk.Volumes)
        {
            string place = volume.LogicalVolumeName ?? (volume.PartitionNumber is { } number ? FormattableString.Invariant($"partition {number}") : "the whole disk");
            string reading = volume.NotReadBecause is { } reason ? $"not read: {reason}" : volume.Problem is { } problem ? $"read as far as possible: {problem}" : "read";
            sink.WriteVerbose($"{disk.Path}: {place} holds {volume.FileSystem}, {reading}");
        }

        sink.WriteVerbose($"{disk.Path}: {(disk.Guest is { } guest ? $"{guest} was recognised by its files" : "no operating system was recognised")}; it boots as {disk.SupportedGenerations}."
            + (disk.BootObstacles.Count > 0 ? " " + string.Join(" ", disk.BootObstacles) : string.Empty));
    }

    /// <summary>Tells on what a report rests: by what the guest was known, which rules were asked, what came of each, and which were not.</summary>
    public static void Explain(this IStreamSink sink, ReadinessReport report)
    {
        if (!sink.Wishes.Verbose)
        {
            return;
        }

        sink.WriteVerbose(FormattableString.Invariant($"{report.Target}: judged as {report.Guest?.ToString() ?? "a system that was not recognised"}, for {report.Purpose}, in {report.Duration.TotalMilliseconds:0} ms."));
        foreach (Observation seen in report.GeneralizationEvidence)
        {
            sink.WriteVerbose($"{report.Target}: {report.Generalization}, says {seen}");
        }

        foreach (Finding finding in report.Findings)
        {
            string evidence = finding.Evidence.Count > 0 ? $", by {string.Join("; ", finding.Evidence)}" : string.Empty;
            sink.WriteVerbose($"{report.Target}: rule {finding.Id} ({finding.Severity}): {finding.Result}{evidence}");
        }

        if (report.NotChecked.Count > 0)
        {
            sink.WriteVerbose($"{report.Target}: nobody could look for {string.Join(", ", report.NotChecked.Select(static finding => finding.Id))}.");
        }

        if (report.ExcludedRules.Count > 0)
        {
            sink.WriteVerbose($"{report.Target}: left out by -Include and -Exclude: {string.Join(", ", report.ExcludedRules)}.");
        }
    }
}
