using AzImageTools.Disks.Repair;
using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Guests.Linux;
using AzImageTools.Readiness.Rules;
using static AzImageTools.Readiness.Rules.FindingSeverity;

namespace AzImageTools.Readiness.Linux;

/// <summary>The checks of what makes a new machine's account, host name and keys: the Azure Linux agent and cloud-init.</summary>
internal static class AgentChecks
{
    private const string NoAgent = "The agent is not installed.";
    private const string VersionFile = "azurelinuxagent/common/version.py";

    private static readonly string[] AgentUnits = ["waagent", "walinuxagent"];
    private static readonly Version OldestVersion = new(2, 2, 53, 1);

    public static RuleOutcome JudgeInstalled(RuleContext context)
    {
        if (context.Linux.Agent is { } path)
        {
            return RuleOutcome.Pass(new Observation($"/{path}", "exists"));
        }

        bool hasCloudInit = context.Linux.CloudInit.IsInstalled;
        return RuleOutcome.Fail(new Observation("/usr/sbin/waagent", "absent"), new Observation("/usr/bin/cloud-init", hasCloudInit ? "exists" : "absent")) with
        {
            Severity = hasCloudInit ? Warning : Blocker,
        };
    }

    public static RuleOutcome JudgeEnabled(RuleContext context)
        => context.Linux.Agent is null ? RuleOutcome.NotApplicable(NoAgent) : JudgeUnits(context.Guest, AgentUnits);

    /// <summary>Passes where one of the services starts with the system.</summary>
    public static RuleOutcome JudgeUnits(Guest guest, params string[] names)
    {
        (bool isEnabled, Observation[] evidence) = SystemUnits.SeeEnabled(guest, names);
        return RuleOutcome.PassIf(isEnabled, evidence);
    }

    /// <summary>Azure installs it where the protocol is switched on, if the image does not bring it.</summary>
    public static RuleOutcome JudgeMetadataAgent(RuleContext context)
        => context.Guest.GetFile("usr/sbin/azure-proxy-agent") is null
            ? RuleOutcome.NotApplicable("The agent is not installed; Azure adds it where it is needed.")
            : JudgeUnits(context.Guest, "azure-proxy-agent");

    public static RuleOutcome JudgeVersion(RuleContext context)
    {
        if (context.Linux.Agent is null)
        {
            return RuleOutcome.NotApplicable(NoAgent);
        }

        (string path, Version version) = PythonPackages.Find(context.Guest, "WALinuxAgent") ?? PythonPackages.FindAssigned(context.Guest, VersionFile, "AGENT_VERSION")
            ?? throw new EvidenceUnavailableException("The agent's version is unknown: neither its Python package nor its own files were found.");
        Observation seen = new($"/{path}", version.ToString());
        return version >= OldestVersion
            ? RuleOutcome.Pass(seen)
            : RuleOutcome.Fail(new Observation($"/{path}", $"{version}; expected at least {OldestVersion}"));
    }

    public static RuleOutcome JudgeProvisioning(RuleContext context)
    {
        if (context.Linux.AgentConfiguration is not { } configuration)
        {
            return context.Linux.Agent is not null ? RuleOutcome.Fail(new Observation("/etc/waagent.conf", "absent"))
                : context.Linux.CloudInit.IsInstalled ? JudgeCloudInit(context, new Observation("/usr/sbin/waagent", "absent"))
                : RuleOutcome.NotApplicable(NoAgent);
        }

        Observation seen = configuration.See("Provisioning.Agent");
        bool isGeneralized = context.Options.Purpose.HasFlag(ReadinessPurpose.Deprovision);
        return configuration.ProvisioningAgent switch
        {
            "waagent" => JudgeAgent(context, seen),
            "auto" when !context.Linux.CloudInit.IsEnabled => JudgeAgent(context, seen),
            "auto" or "cloud-init" => JudgeCloudInit(context, seen),
            "disabled" when isGeneralized => RuleOutcome.Fail(configuration.See("Provisioning.Agent", "auto, cloud-init or waagent: disabled is for specialized images")),
            "disabled" => RuleOutcome.Pass(seen),
            _ => RuleOutcome.Fail(configuration.See("Provisioning.Agent", "auto, cloud-init or waagent")) with { Severity = Warning },
        };
    }

    /// <summary>Azure alone is what the instructions ask for; Azure among others works, slower.</summary>
    public static RuleOutcome JudgeDataSources(RuleContext context)
    {
        if (!context.Linux.CloudInit.IsInstalled)
        {
            return NoCloudInit;
        }

        if (context.Linux.CloudInit.DataSources is not { } sources)
        {
            return RuleOutcome.Fail(new Observation($"/{CloudInit.Folder}", "nothing sets datasource_list; expected [ Azure ]"));
        }

        string[] others = [.. sources.Names.Where(static name => name is not ("Azure" or "None"))];
        bool hasAzure = sources.Names.Contains("Azure", StringComparer.Ordinal);
        return hasAzure && others.Length == 0
            ? RuleOutcome.Pass(sources.Line.See())
            : RuleOutcome.Fail(new Observation(sources.Line.Place, $"{string.Join(", ", sources.Names)}; expected Azure alone")) with { Severity = hasAzure ? Information : Warning };
    }

    /// <summary>What an installer leaves behind to keep cloud-init from looking for Azure.</summary>
    public static RuleCheck NoLeftover(string path) => new(Warning, context => context.Linux.CloudInit.IsInstalled
        ? LinuxFileCheck.NoneOf(context.Guest.GetFile(path) is null ? [] : [path], $"/{path}")
        : NoCloudInit)
    { Repair = _ => [FileEdit.Delete(path)] };

    /// <summary>With cloud-init, it is cloud-init that sets up the temporary disk.</summary>
    public static RuleCheck ResourceDisk(string name) => new(Warning, context =>
    {
        if (context.Linux.AgentConfiguration is not { } configuration)
        {
            return RuleOutcome.NotApplicable("There is no waagent.conf.");
        }

        if (!context.Linux.CloudInit.IsInstalled)
        {
            return NoCloudInit;
        }

        return configuration.IsOn(name) ? RuleOutcome.Fail(configuration.See(name, "n")) : RuleOutcome.Pass(configuration.See(name));
    })
    { Repair = context => ConfigurationRepairs.AgentSetting(context, name, "n") };

    private static RuleOutcome NoCloudInit => RuleOutcome.NotApplicable("cloud-init is not installed.");

    private static RuleOutcome JudgeAgent(RuleContext context, Observation seen)
        => SystemUnits.IsUsed(context.Guest) && SystemUnits.SeeEnabled(context.Guest, AgentUnits) is (false, var evidence)
            ? RuleOutcome.Fail([seen, .. evidence])
            : RuleOutcome.Pass(seen);

    /// <summary>Where cloud-init is to provision, the agent waits for it: with "auto" as soon as it is set up to start, whether it then runs or not.</summary>
    private static RuleOutcome JudgeCloudInit(RuleContext context, Observation seen)
    {
        CloudInit cloudInit = context.Linux.CloudInit;
        return !cloudInit.IsInstalled ? RuleOutcome.Fail(seen, new Observation("/usr/bin/cloud-init", "absent"))
            : CloudInitSwitches.Find(context, seen) is { } switched ? switched
            : !cloudInit.IsEnabled ? RuleOutcome.Fail(seen, new Observation("/etc/systemd/system", "no target starts cloud-init-local"))
            : cloudInit.DataSources is { } sources && !sources.Names.Contains("Azure", StringComparer.Ordinal) ? RuleOutcome.Fail(seen, sources.Line.See())
            : RuleOutcome.Pass(seen);
    }
}
