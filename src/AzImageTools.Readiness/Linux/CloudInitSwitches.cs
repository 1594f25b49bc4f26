using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Guests.Linux;
using AzImageTools.Readiness.Rules;

namespace AzImageTools.Readiness.Linux;

/// <summary>What switches cloud-init off, or to another data source than Azure's, although it is installed and starts (cloud-init, tools/ds-identify).</summary>
internal static class CloudInitSwitches
{
    private const string Azure = "Azure";
    private const string Identify = "etc/cloud/ds-identify.cfg";
    private const string FirstOfText = "cc:";
    private const string LastOfText = "end_cc";
    private const string KernelRemedy =
        "grubby --update-kernel=ALL --remove-args='cloud-init ds ci.ds ci.datasource autoinstall'   # without grubby: take them from GRUB_CMDLINE_LINUX and GRUB_CMDLINE_LINUX_DEFAULT in /etc/default/grub and /etc/default/grub.d, then update-grub";

    private const string EarlyParameter = "ds";

    private static readonly string[] SourceParameters = [EarlyParameter, "ci.ds", "ci.datasource"];

    // Before, it only made NoCloud one that is found (cloud-init, "Breaking changes", 23.2).
    private static readonly Version FirstToForce = new(23, 2);

    /// <summary>The failure; null where nothing does.</summary>
    public static RuleOutcome? Find(RuleContext context, Observation provisioning)
    {
        if (context.Linux.CloudInit.IsDisabled)
        {
            return RuleOutcome.Fail(provisioning, new Observation("/etc/cloud/cloud-init.disabled", "exists")) with { Remedy = "rm -f /etc/cloud/cloud-init.disabled" };
        }

        if ((TextLine.Read(context.Guest, Identify) ?? []).FirstOrDefault(IsSwitch) is { } setting)
        {
            return RuleOutcome.Fail(provisioning, setting.See()) with { Remedy = $"rm -f /{Identify}" };
        }

        return context.Linux.KnownCommandLines.Select(line => FindOn(line, IsForced(context.Linux.CloudInit))).FirstOrDefault(static seen => seen is not null) is { } seen
            ? RuleOutcome.Fail(provisioning, seen) with { Remedy = KernelRemedy }
            : null;
    }

    /// <summary>Which of a command line's parameters does. Of a data source the name alone is told: an address behind it may hold a password.</summary>
    private static Observation? FindOn(KernelCommandLine line, bool isForced)
    {
        if (line.Parameters.Contains("cloud-init=disabled", StringComparer.Ordinal))
        {
            return new Observation(line.Place, "cloud-init=disabled");
        }

        (string Parameter, string Name)[] sources = [.. SourceParameters.Where(parameter => isForced || parameter != EarlyParameter).SelectMany(parameter => line.ValuesOf(parameter).Select(value => (parameter, value.Split(';', '\\', ',')[0])))];
        if (Array.Find(sources, static source => source.Name.Length > 0 && !IsAzure(source.Name)) is ({ } parameter, { } name))
        {
            return new Observation(line.Place, $"{parameter}={name}: cloud-init looks for nothing else");
        }

        // cc: YAML end_cc, which is laid over all other settings.
        string[] text = [.. line.Parameters.SkipWhile(static word => !word.StartsWith(FirstOfText, StringComparison.Ordinal)).TakeWhile(static word => word != LastOfText)];
        return Array.Exists(text, static word => word.IndexOf("datasource_list", StringComparison.Ordinal) >= 0) && !Array.Exists(text, static word => word.IndexOf(Azure, StringComparison.Ordinal) >= 0)
            ? new Observation(line.Place, "cc: sets a datasource_list without Azure")
            : null;
    }

    /// <summary>Whether "ds=" has a say: an older cloud-init that is given one data source looks for nothing else.</summary>
    private static bool IsForced(CloudInit cloudInit)
        => cloudInit.Version is not { } version || version >= FirstToForce || cloudInit.DataSources is not { } sources || sources.Names.Any(static name => name is not (Azure or "None"));

    private static bool IsSwitch(TextLine line)
    {
        string[] setting = line.Text.Split([':'], 2);
        string value = setting.Length > 1 ? setting[1].Trim(' ', '\t', '"', '\'') : string.Empty;
        return setting[0].Trim() switch
        {
            "policy" => value.Split(',')[0].Trim() == "disabled",
            "datasource" => value.Length > 0 && !IsAzure(value),
            _ => false,
        };
    }

    private static bool IsAzure(string name) => string.Equals(name, Azure, StringComparison.OrdinalIgnoreCase);
}
