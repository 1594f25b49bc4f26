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

    /// <summary>What was seen of a file.</summary>
    public static Observation See(FileSystemEntry file)
    {
        string what = file.IsDirectory ? "folder" : FormattableString.Invariant($"{file.Length} bytes");
        return new Observation(file.Path, file.LastWriteTime is { } time ? FormattableString.Invariant($"{what}, written {time:u}") : what);
    }
}
