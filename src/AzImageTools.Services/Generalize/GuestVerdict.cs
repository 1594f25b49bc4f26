using AzImageTools.Disks;
using AzImageTools.Disks.Inspection;
using AzImageTools.Readiness;
using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Rules;

namespace AzImageTools.Services.Generalize;

/// <summary>What the disk of a guest shows after it was to be generalized.</summary>
internal sealed record GuestVerdict
{
    private const string LinuxLog = "var/log/azimagetools-deprovision.log";
    private const string SysprepRule = "LastSysprepError";
    private const int MostLines = 5;

    /// <summary>Whether it is generalized, and by what.</summary>
    public required GeneralizationState State { get; init; }

    public required IReadOnlyList<Observation> Evidence { get; init; }

    /// <summary>What went wrong, as its logs tell; null where they tell nothing.</summary>
    public string? Cause { get; private init; }

    /// <summary>What to do about that; null for nothing known.</summary>
    public string? Remedy { get; private init; }

    /// <summary>Judges the guest on a disk.</summary>
    /// <param name="guest">The guest.</param>
    /// <param name="cancellation">Cancels.</param>
    public static GuestVerdict Judge(Guest guest, CancellationToken cancellation)
    {
        bool isWindows = guest.Identity?.Family == GuestFamily.Windows;
        ReadinessReport report = ReadinessCheck.Run(guest, new ReadinessOptions { Purpose = isWindows ? ReadinessPurpose.Sysprep : ReadinessPurpose.Deprovision }, cancellation);
        GuestVerdict verdict = new() { State = report.Generalization, Evidence = report.GeneralizationEvidence };
        return verdict.State == GeneralizationState.Generalized ? verdict : isWindows ? verdict.WithSysprepLog(report) : verdict.WithLinuxLog(guest);
    }

    private GuestVerdict WithSysprepLog(ReadinessReport report)
        => report.Findings.FirstOrDefault(finding => finding is { Id: SysprepRule, Result: FindingResult.Fail }) is { } errors
            ? this with { Cause = string.Join("; ", errors.Evidence.Take(MostLines).Select(seen => seen.Seen)), Remedy = errors.Remedy }
            : this;

    private GuestVerdict WithLinuxLog(Guest guest)
    {
        try
        {
            string[] lines = guest.ReadTextEnd(LinuxLog)?.Split('\r', '\n').Where(line => line.Length > 0).ToArray() ?? [];
            return lines.Length == 0 ? this : this with { Cause = string.Join("; ", lines.Skip(lines.Length - MostLines)) };
        }
        catch (Exception unreadable) when (unreadable is EvidenceUnavailableException or DiskFormatException)
        {
            return this;
        }
    }
}
