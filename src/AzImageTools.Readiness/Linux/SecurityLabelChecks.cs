using AzImageTools.Disks.Repair;
using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Guests.Linux;
using AzImageTools.Readiness.Rules;

namespace AzImageTools.Readiness.Linux;

/// <summary>
/// The check of SELinux' labels. Files that were copied, unpacked or edited from outside have none: an enforcing system does not start
/// with such programs, and lets nobody in with such accounts.
/// </summary>
internal static class SecurityLabelChecks
{
    private const string Settings = "etc/selinux/config";
    private const string Relabel = ".autorelabel";
    private const string Label = "security.selinux";

    private static readonly string[] KeyFiles = ["etc/passwd", "etc/shadow", "etc/fstab", "usr/bin/bash", "usr/sbin/sshd", "usr/lib/systemd/systemd"];
    private static readonly string[] Off = ["selinux=0", "enforcing=0", "security=apparmor"];

    /// <summary>All files are labelled at the next start.</summary>
    public static FileEdit RelabelAll => FileEdit.Create(Relabel, string.Empty) with { LabelOf = "etc" };

    public static RuleOutcome Judge(RuleContext context)
    {
        if (context.Guest.IsLive)
        {
            return RuleOutcome.NotApplicable("A running machine is not judged as a disk image.");
        }

        TextLine? mode = (TextLine.Read(context.Guest, Settings) ?? []).LastOrDefault(static line => line.ValueOf("SELINUX") is not null);
        if (mode?.ValueOf("SELINUX") != "enforcing")
        {
            return RuleOutcome.NotApplicable("SELinux is not enforcing.");
        }

        if (!IsUsed(context))
        {
            return RuleOutcome.NotApplicable("The distribution does without SELinux, and the kernel is not told to use it.");
        }

        if (context.Linux.KnownCommandLines.FirstOrDefault(static line => Array.Exists(Off, line.Has)) is { } line)
        {
            return RuleOutcome.Pass(new Observation(line.Place, "SELinux is off or not enforcing"));
        }

        if (context.Guest.GetFile(Relabel) is not null)
        {
            return RuleOutcome.Pass(mode.See(), new Observation($"/{Relabel}", "exists: all files are labelled at the next start"));
        }

        (string Path, bool? HasLabel)[] files = [.. KeyFiles.Where(path => context.Guest.GetFile(path) is not null).Select(path => (path, context.Guest.HasAttribute(path, Label)))];
        Observation[] without = [.. files.Where(static file => file.HasLabel == false).Select(static file => new Observation($"/{file.Path}", "has no label (security.selinux)"))];
        return without.Length > 0 ? RuleOutcome.Fail([mode.See(), .. without])
            : files.Length == 0 || Array.Exists(files, static file => file.HasLabel is null) ? RuleOutcome.Undetermined("Whether files are labelled for SELinux can't be told: this volume's attributes are not read.")
            : RuleOutcome.Pass(mode.See(), new Observation($"/{files[0].Path}", "is labelled"));
    }

    /// <summary>Others than Red Hat's, Oracle's and Azure Linux' take it only where the kernel's command line says so.</summary>
    private static bool IsUsed(RuleContext context)
        => context.Linux.Distribution is LinuxDistribution.RedHat or LinuxDistribution.Oracle or LinuxDistribution.AzureLinux
            || context.Linux.KnownCommandLines.Any(static line => line.Has("security=selinux") || line.Has("selinux=1") || line.ValuesOf("lsm").Any(static value => value.Split(',').Contains("selinux", StringComparer.Ordinal)));
}
