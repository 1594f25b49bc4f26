using System.Text.RegularExpressions;
using AzImageTools.Disks;
using AzImageTools.Disks.Inspection;
using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Rules;

namespace AzImageTools.Readiness.Boot;

/// <summary>The evidence, split into lines and judged by the rules that boot hangs on; each only once, and when it is first asked for.</summary>
internal sealed class BootContext
{
    private const int LongestText = 1 << 20;
    private const int LongestLine = 1000;
    private const int MostLines = 20_000;

    /// <summary>The rules of which a failing one keeps a machine from coming up, or its agent from reporting.</summary>
    private static readonly string[] WindowsRules = ["HyperVDrivers", "NvmeDrivers"];

    private static readonly string[] LinuxRules = ["HyperVInitramfs", "HyperVBlocked", "NvmeReady", "RootDevice", "FstabMounts", "AgentInstalled", "ProvisioningAgent"];

    private static readonly (BootEvidenceSource Source, string[] Paths)[] WindowsLogs =
    [
        (BootEvidenceSource.Panther, [@"Windows\Panther\setupact.log", @"Windows\Panther\setuperr.log", @"Windows\Panther\UnattendGC\setupact.log", @"Windows\Panther\UnattendGC\setuperr.log"]),
        (BootEvidenceSource.Agent, [@"WindowsAzure\Logs\WaAppAgent.log"]),
    ];

    private static readonly (BootEvidenceSource Source, string[] Paths)[] LinuxLogs =
    [
        (BootEvidenceSource.CloudInit, ["var/log/cloud-init.log", "var/log/cloud-init-output.log"]),
        (BootEvidenceSource.Agent, ["var/log/waagent.log"]),
    ];

    /// <summary>What a terminal would obey stands in the middle of words on a serial console.</summary>
    private static readonly Regex Escapes = new("\x1B\\[[0-9;?]*[A-Za-z]", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));

    private readonly Lazy<IReadOnlyList<BootText>> _texts;
    private readonly Lazy<ReadinessReport?> _report;
    private readonly List<string> _problems = [];

    public BootContext(BootEvidence evidence, CancellationToken cancellation)
    {
        Evidence = evidence;
        _texts = new(ReadTexts);
        _report = new(() => Judge(cancellation));
    }

    /// <summary>What is known.</summary>
    public BootEvidence Evidence { get; }

    /// <summary>What could not be read, a sentence each.</summary>
    public IReadOnlyList<string> Problems => _problems;

    /// <summary>Whether the disk is generalized; Undetermined where it was not read.</summary>
    public GeneralizationState Generalization => _report.Value?.Generalization ?? GeneralizationState.Undetermined;

    /// <summary>What says so.</summary>
    public IReadOnlyList<Observation> GeneralizationEvidence => _report.Value?.GeneralizationEvidence ?? [];

    /// <summary>The generations that the disk starts on; null where it was not read.</summary>
    public VmGenerations? Generations => Evidence.Disk?.Disk?.SupportedGenerations;

    /// <summary>The texts of one source, in the order in which they are told.</summary>
    public IEnumerable<BootText> TextsOf(BootEvidenceSource source) => _texts.Value.Where(text => text.Source == source);

    /// <summary>What failing rules saw that block a start, or those that ask for no more than information; nothing where none fails.</summary>
    public IReadOnlyList<Observation> Failed(params string[] rules)
        => [.. (_report.Value?.Findings ?? []).Where(finding => finding is { Result: FindingResult.Fail, Severity: not FindingSeverity.Warning } && rules.Contains(finding.Id, StringComparer.Ordinal)).SelectMany(finding => finding.Evidence)];

    private static BootText Split(BootEvidenceSource source, string place, string text)
    {
        string end = text.Length > LongestText ? text.Substring(text.Length - LongestText) : text;
        string[] lines = [.. Escapes.Replace(end, string.Empty).Split('\r', '\n').Where(line => line.Length > 0).Select(line => line.Length > LongestLine ? line.Substring(0, LongestLine) : line)];
        return new BootText(source, place, lines.Length > MostLines ? [.. lines.Skip(lines.Length - MostLines)] : lines);
    }

    private IReadOnlyList<BootText> ReadTexts()
    {
        List<BootText> texts = [];
        if (Evidence.SerialLog is { } serial)
        {
            texts.Add(Split(BootEvidenceSource.SerialLog, "serial log", serial));
        }

        if (Evidence.CloudMessage is { } message)
        {
            texts.Add(Split(BootEvidenceSource.Azure, "Azure", message));
        }

        if (Evidence.Disk is { } guest)
        {
            foreach ((BootEvidenceSource source, string[] paths) in Evidence.IsWindows ? WindowsLogs : LinuxLogs)
            {
                texts.AddRange(paths.Select(path => Read(guest, source, path)).OfType<BootText>());
            }
        }

        return texts;
    }

    private BootText? Read(Guest guest, BootEvidenceSource source, string path)
    {
        try
        {
            return guest.ReadTextEnd(path) is { } text ? Split(source, path, text) : null;
        }
        catch (Exception problem) when (problem is EvidenceUnavailableException or DiskFormatException)
        {
            _problems.Add($"{path} can't be read: {problem.Message}");
            return null;
        }
    }

    private ReadinessReport? Judge(CancellationToken cancellation)
    {
        if (Evidence.Disk is not { } guest)
        {
            return null;
        }

        GuestFamily family = Evidence.IsWindows ? GuestFamily.Windows : GuestFamily.Linux;
        ReadinessReport report = ReadinessCheck.Run(guest, new ReadinessOptions { Family = family, Include = Evidence.IsWindows ? WindowsRules : LinuxRules, IsCrashConsistent = true }, cancellation);
        _problems.AddRange(report.Problems);
        return report;
    }
}

/// <summary>A text of the evidence.</summary>
/// <param name="Source">What it is.</param>
/// <param name="Place">Where it was: a path on the disk, or words.</param>
/// <param name="Lines">Its last lines, each of bounded length.</param>
internal sealed record BootText(BootEvidenceSource Source, string Place, IReadOnlyList<string> Lines);
