using AzImageTools.Disks.Repair;
using AzImageTools.Readiness.Guests.Linux;
using AzImageTools.Readiness.Rules;

namespace AzImageTools.Readiness.Linux;

/// <summary>The repairs of what the Azure Linux agent, cloud-init and the SSH server are told.</summary>
internal static class ConfigurationRepairs
{
    private const string Azure = "Azure";
    private const string DataSourceFile = CloudInit.Folder + "/91-azure_datasource.cfg";
    private const string AzureAlone = "datasource_list: [ Azure ]";

    private static readonly string[] KnownAgents = ["auto", "cloud-init", "waagent"];
    private static readonly string[] SourceParameters = ["ds=", "ci.ds=", "ci.datasource="];

    /// <summary>
    /// Who provisions: the agent's setting, where it is none that it knows, and what keeps cloud-init from running or from looking for Azure. A
    /// program that is missing, or a service that no target starts, is not made by a file.
    /// </summary>
    public static IEnumerable<DiskEdit> ProvisioningAgent(RuleContext context)
    {
        if (context.Linux.AgentConfiguration is { } configuration && (Array.IndexOf(KnownAgents, configuration.ProvisioningAgent) < 0 || (configuration.ProvisioningAgent == "waagent" && context.Linux.CloudInit.IsEnabled)))
        {
            yield return TextEdits.Assignment(configuration.Path, "Provisioning.Agent", "auto");
        }

        if (!context.Linux.CloudInit.IsEnabled)
        {
            yield break;
        }

        yield return FileEdit.Delete("etc/cloud/cloud-init.disabled");
        yield return FileEdit.Delete("etc/cloud/ds-identify.cfg");
        foreach (DiskEdit edit in DataSources(context).Concat(KernelLines(context, Switches(context))))
        {
            yield return edit;
        }
    }

    /// <summary>cloud-init looks for Azure alone: where the list that counts is, else in a file of its own.</summary>
    public static IEnumerable<DiskEdit> DataSources(RuleContext context)
    {
        if (context.Linux.CloudInit.DataSources is not { } sources)
        {
            return [FileEdit.Create(DataSourceFile, AzureAlone + "\n") with { LabelOf = "etc/cloud/cloud.cfg" }];
        }

        if (sources.Names.Contains(Azure, StringComparer.Ordinal) && sources.Names.All(static name => name is Azure or "None"))
        {
            return [];
        }

        bool isWithin = false;
        return [TextEdits.Lines(sources.Line.Path, (line, number) =>
        {
            if (number == sources.Line.Number)
            {
                isWithin = true;
                return line.Substring(0, line.Length - line.TrimStart().Length) + AzureAlone;
            }

            isWithin &= number > sources.Line.Number && line.TrimStart().StartsWith("-", StringComparison.Ordinal);
            return isWithin ? null : line;
        })];
    }

    /// <summary>A setting of the agent's.</summary>
    public static IEnumerable<DiskEdit> AgentSetting(RuleContext context, string name, string value)
        => context.Linux.AgentConfiguration is { } configuration ? [TextEdits.Assignment(configuration.Path, name, value)] : [];

    /// <summary>Idle sessions are kept: in the line that counts, else in the first one of the file, where no Match stands before it.</summary>
    public static IEnumerable<DiskEdit> AliveInterval(RuleContext context)
    {
        const string setting = "ClientAliveInterval 180";
        return SshConfiguration.Find(context.Guest, "ClientAliveInterval") is ({ } found, _)
            ? [TextEdits.Lines(found.Path, (line, number) => number == found.Number ? setting : line)]
            : [FileEdit.Rewrite(SshConfiguration.Path, static text => text.StartsWith(setting, StringComparison.Ordinal) ? text : $"{setting}\n{text}")];
    }

    /// <summary>The edits of what boot entries hand over; none where nothing tells of any.</summary>
    public static IEnumerable<DiskEdit> KernelLines(RuleContext context, KernelParameterRepair repair)
        => context.Linux.KnownCommandLines.Count > 0 ? repair.Find(context) : [];

    private static KernelParameterRepair Switches(RuleContext context) => KernelParameterRepair.Without(static parameter
        => parameter is "cloud-init=disabled" or "autoinstall"
            || (Array.Find(SourceParameters, start => parameter.StartsWith(start, StringComparison.Ordinal)) is { } start
                && !string.Equals(parameter.Substring(start.Length).Split(';', '\\', ',')[0], Azure, StringComparison.OrdinalIgnoreCase))) with
    {
        RemovesCloudSettings = context.Linux.KnownCommandLines.Any(static line
            => line.Parameters.SkipWhile(static word => !word.StartsWith("cc:", StringComparison.Ordinal)).ToArray() is { Length: > 0 } text
                && Array.Exists(text, static word => word.IndexOf("datasource_list", StringComparison.Ordinal) >= 0)
                && !Array.Exists(text, static word => word.IndexOf(Azure, StringComparison.Ordinal) >= 0)),
    };
}
