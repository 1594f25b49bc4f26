using AzImageTools.Disks.Repair;
using AzImageTools.Disks.Volumes;
using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Guests.Linux;
using AzImageTools.Readiness.Rules;

namespace AzImageTools.Readiness.Linux;

/// <summary>Makes checks of files that should not be there. Paths are from the root, without the leading '/', which evidence has.</summary>
internal static class LinuxFileCheck
{
    private const int MaxShown = 20;

    /// <summary>Passes where none of the paths was found; else what was found is told.</summary>
    public static RuleOutcome NoneOf(IReadOnlyCollection<string> found, string place)
        => found.Count == 0
            ? RuleOutcome.Pass(new Observation(place, "absent"))
            : RuleOutcome.Fail([.. found.Take(MaxShown).Select(static path => new Observation($"/{path}", "exists"))]);

    /// <summary>There is nothing at a path.</summary>
    public static RuleCheck Absent(FindingSeverity severity, string path)
        => new(severity, context => NoneOf(context.Guest.GetFile(path) is null ? [] : [path], $"/{path}"));

    /// <summary>The same, and what is there can be deleted.</summary>
    public static RuleCheck Deleted(FindingSeverity severity, string path) => Absent(severity, path) with { Repair = _ => [FileEdit.Delete(path)] };

    /// <summary>The same as <see cref="NoneIn"/>, and what is there can be deleted.</summary>
    public static RuleCheck Emptied(FindingSeverity severity, string folder) => NoneIn(severity, folder, "*", static _ => true) with { Repair = context => context.Guest.FindIn(folder, static _ => true).Select(FileEdit.Delete) };

    /// <summary>A folder holds nothing that the function takes.</summary>
    public static RuleCheck NoneIn(FindingSeverity severity, string folder, string what, Func<FileSystemEntry, bool> accepts)
        => new(severity, context => NoneOf(context.Guest.FindIn(folder, accepts), $"/{folder}/{what}"));
}
