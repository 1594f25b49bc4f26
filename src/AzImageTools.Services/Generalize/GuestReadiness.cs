using AzImageTools.Disks;
using AzImageTools.Disks.Inspection;
using AzImageTools.Readiness;
using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Rules;

namespace AzImageTools.Services.Generalize;

/// <summary>Whether a running machine's guest may be generalized: by its disk, and by what only the running machine shows.</summary>
internal sealed class GuestReadiness
{
    private readonly GuestMachine _machine;
    private readonly ReadinessOptions _options;
    private ReadinessReport? _offline;
    private ReadinessReport? _live;

    /// <summary>Nothing is known yet.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="excludedRules">The rules not to ask, by id or pattern.</param>
    /// <exception cref="ReadinessRuleException">One of them fits no rule.</exception>
    public GuestReadiness(GuestMachine machine, IReadOnlyList<string> excludedRules)
    {
        _machine = machine;
        _options = new ReadinessOptions
        {
            Family = machine.IsWindows ? GuestFamily.Windows : GuestFamily.Linux,

            // What deprovisioning takes away is no reason not to deprovision.
            Purpose = machine.IsWindows ? ReadinessPurpose.Sysprep | ReadinessPurpose.AzureUpload : ReadinessPurpose.AzureUpload,

            // Who starts Sysprep is the script's to see to.
            Exclude = machine.IsWindows ? [.. excludedRules, "RunContext"] : excludedRules,
        };

        // A name that fits no rule is told before anything is begun.
        _ = RuleCatalog.Select(_options);
    }

    /// <summary>The rules that failed and stop nothing, by id.</summary>
    public IReadOnlyList<string> Warnings => Ids(report => report.Warnings);

    /// <summary>The blocking rules that nobody could answer, by id.</summary>
    public IReadOnlyList<string> NotChecked
    {
        get
        {
            string[] open = Open(_offline);
            string[] stillOpen = Open(_live);
            return _live is null ? open : [.. open.Where(id => stillOpen.Contains(id, StringComparer.Ordinal) || !_live.Findings.Any(finding => finding.Id == id))];
        }
    }

    /// <summary>Judges the disk.</summary>
    /// <param name="guest">The guest on it.</param>
    /// <param name="cancellation">Cancels.</param>
    public ReadinessReport Judge(Guest guest, CancellationToken cancellation) => ReadinessCheck.Run(guest, _options, cancellation);

    /// <summary>Takes the report of the disk.</summary>
    /// <exception cref="ImageServiceException">A blocker failed (ReadinessBlocked), or the guest is not known, so that nobody could tell whether it has been generalized (GuestNotRecognized).</exception>
    public void TakeOffline(ReadinessReport report)
    {
        _offline = report;
        if (report.Guest is null || report.Guest.Family == GuestFamily.Unknown)
        {
            throw new ImageServiceException(
                "GuestNotRecognized",
                ErrorKind.NotSupported,
                $"The operating system on the OS disk of the {_machine.Description} can't be read, so that nobody could tell whether it has been generalized.{Doubts(report)}",
                "Decrypt the disk where it is encrypted; else generalize the guest by hand, and capture it with New-AzCapturedImage.",
                _machine.Id.ToString());
        }

        CheckBlockers();
    }

    /// <summary>Takes the report of what the running machine shows.</summary>
    /// <exception cref="ImageServiceException">A blocker failed (ReadinessBlocked).</exception>
    public void TakeLive(Guest guest, CancellationToken cancellation)
    {
        _live = Judge(guest, cancellation);
        CheckBlockers();
    }

    private static string Doubts(ReadinessReport report) => report.Problems.Count == 0 ? string.Empty : " " + string.Join(" ", report.Problems);

    private static string[] Open(ReadinessReport? report) =>
    [
        .. (report?.Findings ?? []).Where(finding => finding is { Severity: FindingSeverity.Blocker, Result: FindingResult.Undetermined })
            .Concat((report?.NotChecked ?? []).Where(finding => finding.Severity == FindingSeverity.Blocker))
            .Select(finding => finding.Id).Distinct(StringComparer.Ordinal),
    ];

    private string[] Ids(Func<ReadinessReport, IReadOnlyList<Finding>> which)
        => [.. new[] { _offline, _live }.OfType<ReadinessReport>().SelectMany(which).Select(finding => finding.Id).Distinct(StringComparer.Ordinal)];

    private void CheckBlockers()
    {
        Finding[] blockers = [.. new[] { _offline, _live }.OfType<ReadinessReport>().SelectMany(report => report.Blockers).GroupBy(finding => finding.Id, StringComparer.Ordinal).Select(same => same.First())];
        if (blockers.Length == 0)
        {
            return;
        }

        string found = string.Join(" ", blockers.Select(finding => $"{finding.Id}: {finding.Title} ({string.Join("; ", finding.Evidence)})."));
        throw new ImageServiceException(
            "ReadinessBlocked",
            ErrorKind.InvalidState,
            $"The guest of the {_machine.Description} is not ready to be generalized, and was not touched. {found}",
            $"{string.Join(" ", blockers.Select(finding => $"{finding.Id}: {finding.Remedy}"))} A rule that does not concern you is left out with -ExcludeRule.",
            _machine.Id.ToString());
    }
}
