using AzImageTools.Disks;
using AzImageTools.Disks.Repair;
using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Guests.Linux;
using AzImageTools.Readiness.Rules;

namespace AzImageTools.Readiness.Linux;

/// <summary>
/// The repairs of drivers that may not be loaded. An initramfs that holds a copy of modprobe's settings goes on by that: it can be made anew in
/// the running system alone, and such a file stays as it is.
/// </summary>
internal static class ModuleRepairs
{
    /// <summary>Drivers may be loaded, or, where they are built in, started.</summary>
    /// <param name="context">What is looked at.</param>
    /// <param name="isEarly">Whether the initramfs loads them.</param>
    /// <param name="modules">Their names.</param>
    public static IEnumerable<DiskEdit> Allow(RuleContext context, bool isEarly, params string[] modules)
    {
        foreach (string path in BlacklistChecks.FindFiles(context.Guest).Where(path => !isEarly || !IsCopied(context, path)))
        {
            yield return TextEdits.Without(path, (line, _) => TextEdits.IsSaid(line) && Array.Exists(modules, module => BlacklistChecks.IsBlacklisting(line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries), module)));
        }

        foreach (DiskEdit edit in ConfigurationRepairs.KernelLines(context, new KernelParameterRepair { Replace = parameter => Allow(parameter, modules) }))
        {
            yield return edit;
        }
    }

    /// <summary>A parameter without what concerns the drivers; null where nothing else is in it.</summary>
    private static string? Allow(string parameter, string[] modules)
    {
        string[] parts = parameter.Split(['='], 2);
        if (parts.Length < 2 || !BlacklistChecks.IsParameter(parts[0]))
        {
            return parameter;
        }

        string[] kept = [.. parts[1].Split(',').Where(name => !Array.Exists(modules, module => BlacklistChecks.Concerns(parts[0], name, module)))];
        return kept.Length > 0 ? $"{parts[0]}={string.Join(",", kept)}" : null;
    }

    private static bool IsCopied(RuleContext context, string path)
    {
        try
        {
            return context.Linux.KnownCommandLines
                .Select(static entry => entry.Initramfs)
                .OfType<string>()
                .Distinct(StringComparer.Ordinal)
                .Select(archive => BootFiles.Locate(context.Guest, archive))
                .OfType<string>()
                .Any(archive => context.Guest.EnumerateArchive(archive).Any(name => name.TrimStart('.', '/') == path));
        }
        catch (Exception exception) when (exception is DiskFormatException or EvidenceUnavailableException or FileNotFoundException)
        {
            // What can't be seen may hold it.
            return true;
        }
    }
}
