using static AzImageTools.Readiness.Rules.FindingResult;
using static AzImageTools.Readiness.Rules.FindingSeverity;

namespace AzImageTools.Readiness.Tests;

internal static class LinuxIdentityStates
{
    private static readonly (string Id, string Path)[] Places =
    [
        ("LinuxArcIdentity", "var/opt/azcmagent/agentconfig.json"),
        ("LinuxDefenderOnboarded", "etc/opt/microsoft/mdatp/mdatp_onboard.json"),
        ("LinuxCrowdStrikeIdentity", "opt/CrowdStrike/falconstore"),
        ("LinuxSplunkIdentity", "opt/splunkforwarder/etc/instance.cfg"),
        ("LinuxSplunkIdentity", "opt/splunk/etc/instance.cfg"),
        ("LandscapeIdentity", "var/lib/landscape/client/broker.bpickle"),
        ("RedHatIdentity", "etc/pki/consumer/cert.pem"),
        ("RedHatIdentity", "etc/pki/consumer/key.pem"),
        ("RedHatIdentity", "etc/insights-client/machine-id"),
        ("ConfigurationKeys", "etc/puppetlabs/puppet/ssl/private_keys/web01.pem"),
        ("ConfigurationKeys", "var/lib/puppet/ssl/private_keys/web01.pem"),
        ("ConfigurationKeys", "etc/salt/pki/minion/minion.pem"),
        ("ConfigurationKeys", "etc/salt/minion_id"),
        ("ConfigurationKeys", "etc/chef/client.pem"),
        ("KerberosKeytab", "etc/krb5.keytab"),
        ("LinuxMetadataKeys", "var/lib/azure-proxy-agent/keys/1.key"),
        ("LinuxUserSecrets", "root/.azure/msal_token_cache.json"),
        ("LinuxUserSecrets", "home/anna/.azure/service_principal_entries.json"),
        ("LinuxUserSecrets", "home/anna/.aws/credentials"),
        ("LinuxUserSecrets", "home/anna/.config/gcloud/credentials.db"),
        ("LinuxUserSecrets", "home/anna/.kube/config"),
        ("LinuxUserSecrets", "home/anna/.docker/config.json"),
        ("LinuxUserSecrets", "root/.ssh/id_ed25519"),
        ("LinuxUserSecrets", "home/anna/.ssh/id_rsa"),
        ("LinuxUserSecrets", "home/anna/.git-credentials"),
        ("LinuxUserSecrets", "home/anna/.netrc"),
        ("LinuxRunCommandScripts", "var/lib/waagent/run-command/download/3/script.sh"),
        ("LinuxRunCommandScripts", "var/lib/waagent/run-command-handler/download/x/0/script.sh"),
        ("LinuxRunCommandScripts", "var/lib/waagent/custom-script/download/0/install.sh"),
    ];

    /// <summary>The files that identify a machine or hold a secret.</summary>
    public static IEnumerable<string> Secrets => Places.Select(static place => place.Path);

    public static IReadOnlyList<RuleState> All { get; } =
    [
        .. Places.Select(static place => place.Id).Distinct(StringComparer.Ordinal).SelectMany(static id => new[]
        {
            new RuleState(id, "none", Pass, static guest => guest),
            new RuleState(id, "unreadable", Undetermined, guest => guest.Lose(Places.First(place => place.Id == id).Path.Split('/')[0]), id == "LinuxCrowdStrikeIdentity" ? Information : Warning),
        }),
        .. Places.Select(static place => new RuleState(place.Id, place.Path, Fail, guest => guest.WithFile(place.Path, "{\"auth\": \"1\"}\n"), place.Id == "LinuxCrowdStrikeIdentity" ? Information : Warning)),

        new("LinuxUserSecrets", "a public key, an empty file, other files", Pass, guest => guest.WithFile("root/.ssh/id_rsa.pub", "x").WithFile("root/.ssh/known_hosts", "x").WithFile("home/anna/.aws/credentials", string.Empty).WithFile("home/anna/.azure/config", "x")),
        new("LinuxUserSecrets", "Docker's credential store", Pass, guest => guest.WithFile("home/anna/.docker/config.json", "{\n\t\"auths\": {\"https://index.docker.io/v1/\": {}},\n\t\"credsStore\": \"pass\"\n}\n")),
        new("LinuxRunCommandScripts", "the extension alone", Pass, guest => guest.WithFile("var/lib/waagent/run-command/handler.log", "x")),
    ];
}
