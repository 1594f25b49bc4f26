using System.Text.RegularExpressions;
using AzImageTools.Disks.Inspection;
using AzImageTools.Disks.Repair;
using AzImageTools.Readiness.Rules;

namespace AzImageTools.Readiness.Linux;

/// <summary>The repairs of /etc/fstab. Its lines are known by what they mount where: other repairs may have taken lines out before.</summary>
internal static class MountRepairs
{
    private static readonly Regex Fields = new(@"^(?<source>\s*\S+)(?<between>\s+\S+)(?<type>\s+\S+)?(?<blank>\s+)?(?<options>\S+)?(?<rest>.*)$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1));

    /// <summary>The system starts without the volumes that are not on the disk.</summary>
    public static IEnumerable<DiskEdit> MakeOptional(RuleContext context)
        => context.Guest.AbsentMounts is { } absent ? [AddOption("nofail", entry => !entry.IsOptional && absent.Any(other => other.Source == entry.Source && other.Place == entry.Place))] : [];

    /// <summary>What is mounted with noexec by a line of fstab can be run from: the last of these options counts.</summary>
    public static IEnumerable<DiskEdit> AllowRunning(RuleContext context, string folder)
        => context.Linux.Mounts.Find(folder) is { IsNoExec: true } mount && mount.Source.StartsWith("/" + FstabEntry.Path, StringComparison.Ordinal)
            ? [AddOption("exec", entry => entry.IsNoExec && entry.Place.TrimEnd('/') == mount.Place.TrimEnd('/'))]
            : [];

    /// <summary>Nothing is swapped to.</summary>
    public static IEnumerable<DiskEdit> RemoveSwap() => [TextEdits.Without(FstabEntry.Path, static (line, _) => FstabEntry.Parse(line) is [{ IsSwap: true }])];

    /// <summary>Volumes by their UUID, where a device is one of the disk.</summary>
    public static IEnumerable<DiskEdit> NameByUuid(RuleContext context)
        => [TextEdits.Lines(FstabEntry.Path, (line, _)
            => FstabEntry.Parse(line) is [var entry] && MachineChecks.IsUnstable(entry) && context.Guest.FindUuid(entry.Source) is { } name && Fields.Match(line) is { Success: true } match
                ? name + line.Substring(match.Groups["source"].Length)
                : line)];

    private static FileEdit AddOption(string option, Func<FstabEntry, bool> concerns) => TextEdits.Lines(FstabEntry.Path, (line, _)
        => FstabEntry.Parse(line) is [var entry] && concerns(entry) && Fields.Match(line) is { Success: true } match
            ? match.Groups["options"] is { Success: true } options
                ? line.Insert(options.Index + options.Length, $",{option}")
                : $"{line.TrimEnd()}{(match.Groups["type"].Success ? string.Empty : " auto")} defaults,{option}"
            : line);
}
