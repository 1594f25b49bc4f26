using AzImageTools.Disks.Inspection;
using AzImageTools.Disks.Repair;
using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Guests.Linux;
using AzImageTools.Readiness.Rules;

namespace AzImageTools.Readiness.Linux;

/// <summary>The repairs of the volumes that a Linux is told to start from.</summary>
internal static class BootDeviceRepairs
{
    private const string Root = "root=";

    /// <summary>The root is the volume whose files these are, by its UUID: where no other has such files, nothing else can be meant.</summary>
    public static IEnumerable<DiskEdit> NameRoot(RuleContext context)
        => context.Guest.FindUuid(source: null) is { } name
            ? ConfigurationRepairs.KernelLines(context, new KernelParameterRepair { Replace = parameter => ValueOf(parameter, Root) is { } source && IsWrongRoot(context, source) ? Root + name : parameter })
            : [];

    /// <summary>No logical volume or container is waited for that is not on the disk.</summary>
    public static IEnumerable<DiskEdit> RemoveParts(RuleContext context) => ConfigurationRepairs.KernelLines(context, KernelParameterRepair.Without(parameter
        => (ValueOf(parameter, "rd.lvm.lv=") is { } logical && IsWrong(context.Guest, $"/dev/{logical}"))
            || (ValueOf(parameter, "rd.luks.uuid=") is { } container && IsWrong(context.Guest, $"UUID={container}"))));

    /// <summary>Nothing is resumed from: initramfs-tools has its setting in the initramfs too, which noresume overrides.</summary>
    public static IEnumerable<DiskEdit> RemoveResume(RuleContext context)
    {
        bool isSet = (TextLine.Read(context.Guest, BootDeviceChecks.ResumeFile) ?? []).Any(static line => line.ValueOf("RESUME") is not null);
        if (isSet)
        {
            yield return FileEdit.Rewrite(BootDeviceChecks.ResumeFile, static text => TextEdits.ChangeLines(text, static (line, _) => line.TrimStart().StartsWith("RESUME=", StringComparison.Ordinal) ? "RESUME=none" : line));
        }

        foreach (DiskEdit edit in ConfigurationRepairs.KernelLines(context, KernelParameterRepair.Without(parameter => ValueOf(parameter, "resume=") is { } source && IsWrong(context.Guest, source)) with { Add = isSet ? ["noresume"] : [] }))
        {
            yield return edit;
        }
    }

    /// <summary>GRUB's first file looks for the volume with its menu: the one at /boot, or the root.</summary>
    public static IEnumerable<DiskEdit> NameBoot(RuleContext context)
    {
        FstabEntry? boot = FstabEntry.Parse(context.Guest.ReadText(FstabEntry.Path)).FirstOrDefault(static entry => entry.Place == "/boot");
        if (context.Guest.FindUuid(boot?.Source) is not { } name)
        {
            return [];
        }

        string uuid = name.Substring(name.IndexOf('=') + 1);
        return [.. BootEntries.FindSearches(context.Guest)
            .Where(search => search.Source.StartsWith("UUID=", StringComparison.Ordinal) && IsWrong(context.Guest, search.Source))
            .Select(search => TextEdits.Lines(search.Line.Path, (line, number) => number == search.Line.Number ? line.Replace(search.Source.Substring("UUID=".Length), uuid) : line))];
    }

    // What a variable within it stands for is known of the entries alone.
    private static bool IsWrongRoot(RuleContext context, string source)
        => source.IndexOf('$') < 0
            ? IsWrong(context.Guest, source)
            : context.Linux.BootEntries.SelectMany(static entry => entry.ValuesOf("root")).Any(value => IsWrong(context.Guest, value));

    private static bool IsWrong(Guest guest, string source) => BootDeviceChecks.IsForeign(source) || guest.FindVolume(source) == VolumePresence.Absent;

    private static string? ValueOf(string parameter, string start) => parameter.StartsWith(start, StringComparison.Ordinal) ? parameter.Substring(start.Length).Trim('"', '\'') : null;
}
