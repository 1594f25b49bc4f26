using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Guests.Linux;
using AzImageTools.Readiness.Rules;
using static AzImageTools.Readiness.Linux.LinuxFileCheck;
using static AzImageTools.Readiness.Rules.FindingSeverity;

namespace AzImageTools.Readiness.Linux;

/// <summary>
/// What makes one machine known elsewhere, and what signs in as it or its users: every machine made from the image would be that one. The
/// agent's deprovisioning leaves it.
/// </summary>
internal static class LinuxIdentityRules
{
    private const string Agent = "var/lib/waagent/";

    private static readonly UserSecret Google = new(".config/gcloud", "keys for Google Cloud", References.GoogleCredentials, "credentials.db", "access_tokens.db", "application_default_credentials.json");

    public static IReadOnlyList<ReadinessRule> All { get; } =
    [
        Rule("LinuxArcIdentity", Warning, "The machine is not connected to Azure Arc",
            "azcmagent disconnect   # --force-local-only where the resource is gone",
            References.ArcDisconnect, Absent(Warning, "var/opt/azcmagent/agentconfig.json")),
        Rule("LinuxDefenderOnboarded", Warning, "The machine is not onboarded to Microsoft Defender for Endpoint",
            "python3 MicrosoftDefenderATPOffboardingLinuxServer.py   # the package from the Defender portal; onboard the machines made from the image instead",
            References.DefenderLinux, Absent(Warning, "etc/opt/microsoft/mdatp/mdatp_onboard.json")),
        Rule("LinuxCrowdStrikeIdentity", Information, "No agent id of CrowdStrike Falcon is left",
            "/opt/CrowdStrike/falconctl -g --aid; /opt/CrowdStrike/falconctl -d -f --aid   # the file stays, and says nothing once this is done",
            References.FalconLinux, Absent(Information, "opt/CrowdStrike/falconstore")),
        Rule("LinuxSplunkIdentity", Warning, "No instance id of Splunk is left",
            "/opt/splunkforwarder/bin/splunk stop; /opt/splunkforwarder/bin/splunk clone-prep-clear-config",
            References.SplunkInstance, Absent(Warning, "opt/splunkforwarder/etc/instance.cfg"), Absent(Warning, "opt/splunk/etc/instance.cfg")),
        Rule("LandscapeIdentity", Warning, "The machine is not registered with Landscape",
            "systemctl stop landscape-client; rm -f /var/lib/landscape/client/broker.bpickle*",
            References.LandscapeRegistration, Absent(Warning, "var/lib/landscape/client/broker.bpickle")),
        Rule("RedHatIdentity", Warning, "The machine is registered neither with Red Hat's subscriptions nor with Insights",
            "insights-client --unregister; subscription-manager unregister; subscription-manager clean; rm -f /etc/insights-client/machine-id /etc/insights-client/.registered",
            References.RedHat,
            Absent(Warning, "etc/pki/consumer/cert.pem"),
            Absent(Warning, "etc/pki/consumer/key.pem"),
            Absent(Warning, "etc/insights-client/machine-id").From(References.RedHatInsights)),
        Rule("ConfigurationKeys", Warning, "No client key of Puppet, Salt or Chef is left",
            "rm -rf /etc/puppetlabs/puppet/ssl /var/lib/puppet/ssl /etc/salt/pki/minion /etc/salt/minion_id /etc/chef/client.pem",
            References.PuppetKeys,
            NoneIn(Warning, "etc/puppetlabs/puppet/ssl/private_keys", "*", static _ => true),
            NoneIn(Warning, "var/lib/puppet/ssl/private_keys", "*", static _ => true),
            Absent(Warning, "etc/salt/pki/minion/minion.pem").From(References.SaltKeys),
            Absent(Warning, "etc/salt/minion_id").From(References.SaltKeys),
            Absent(Warning, "etc/chef/client.pem").From(References.ChefKeys)),
        Rule("KerberosKeytab", Warning, "No key of the machine's account in a domain is left",
            "realm leave; rm -f /etc/krb5.keytab",
            References.HostKeytab, Absent(Warning, "etc/krb5.keytab")),
        Rule("LinuxMetadataKeys", Warning, "No key of the Metadata Security Protocol's agent is left",
            "systemctl stop azure-proxy-agent; rm -f /var/lib/azure-proxy-agent/keys/*",
            References.ProxyAgentKeys, FileCheck.Empty(Warning, "var/lib/azure-proxy-agent/keys", "/")),
        Rule("LinuxUserSecrets", Warning, "No home folder holds tokens of a cloud, passwords or private SSH keys",
            "az logout; rm -rf ~/.azure ~/.aws ~/.config/gcloud ~/.kube ~/.docker ~/.ssh/id_* ~/.git-credentials ~/.netrc   # then change or revoke them, if the image has left your hands",
            References.AzureCliTokens, [.. UserSecret.All.Append(Google).Select(static secret => secret.InNoHome(FindHomes, '/', "/"))]),
        Rule("LinuxRunCommandScripts", Warning, "No script of Run Command or of the Custom Script Extension is left",
            "rm -rf /var/lib/waagent/run-command /var/lib/waagent/run-command-handler /var/lib/waagent/custom-script   # waagent -deprovision takes them too",
            References.RunCommandLinux,
            FileCheck.Empty(Warning, Agent + "run-command/download", "/"),
            FileCheck.Empty(Warning, Agent + "run-command-handler/download", "/"),
            FileCheck.Empty(Warning, Agent + "custom-script/download", "/").From(References.CustomScriptLinux)),
    ];

    private static IReadOnlyList<string> FindHomes(Guest guest)
        => [.. guest.FindIn("home", static entry => entry.IsDirectory && !entry.IsLink).Prepend("root")];

    private static ReadinessRule Rule(string id, FindingSeverity severity, string title, string remedy, string source, params RuleCheck[] checks)
        => new(id, severity, ReadinessPurpose.Deprovision, RuleScope.Linux, title, remedy, source, checks);
}
