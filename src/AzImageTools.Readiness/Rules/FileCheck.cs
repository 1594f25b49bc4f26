using AzImageTools.Disks.Repair;
using AzImageTools.Disks.Volumes;
using AzImageTools.Readiness.Guests;

namespace AzImageTools.Readiness.Rules;

/// <summary>Makes checks of files and folders on the volume that holds the operating system.</summary>
internal static class FileCheck
{
    /// <summary>There is no such file or folder.</summary>
    public static RuleCheck Absent(FindingSeverity severity, string path)
        => new(severity, context => context.Guest.GetFile(path) is { } file
            ? RuleOutcome.Fail(See(file))
            : RuleOutcome.Pass(new Observation(path, "absent")));

    /// <summary>There is no such file or folder; a repair deletes it.</summary>
    public static RuleCheck Deleted(FindingSeverity severity, string path) => Absent(severity, path) with { Repair = _ => [FileEdit.Delete(path)] };

    /// <summary>A folder holds nothing. What it holds is not told: names may be secrets too.</summary>
    /// <param name="severity">What it means if it holds something.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="root">What the guest's paths begin with.</param>
    public static RuleCheck Empty(FindingSeverity severity, string folder, string root = "")
        => new(severity, context => context.Guest.Enumerate(folder).Any()
            ? RuleOutcome.Fail(new Observation(root + folder, "holds files"))
            : RuleOutcome.Pass(new Observation(root + folder, "empty or absent")));

    /// <summary>What was seen of a file.</summary>
    public static Observation See(FileSystemEntry file)
    {
        string what = file.IsDirectory ? "folder" : FormattableString.Invariant($"{file.Length} bytes");
        return new Observation(file.Path, file.LastWriteTime is { } time ? FormattableString.Invariant($"{what}, written {time:u}") : what);
    }
}
