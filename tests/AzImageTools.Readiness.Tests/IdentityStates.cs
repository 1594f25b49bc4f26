using System.Text;
using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Rules;
using AzImageTools.Readiness.Tests.Guests;
using static AzImageTools.Readiness.Rules.FindingResult;
using static AzImageTools.Readiness.Rules.FindingSeverity;

namespace AzImageTools.Readiness.Tests;

internal static class IdentityStates
{
    public const string Certificates = @"SOFTWARE\Microsoft\SystemCertificates\MY\Certificates";

    private const string Defender = @"SOFTWARE\Microsoft\Windows Advanced Threat Protection";
    private const string Enrollments = @"SOFTWARE\Microsoft\Enrollments";
    private const string Update = WindowsKeys.CurrentVersion + @"\WindowsUpdate";
    private const string Winlogon = WindowsKeys.WindowsNT + @"\Winlogon";
    private const string Plugins = @"Packages\Plugins\";

    private static readonly ReadinessOptions AzureAlone = new() { Purpose = ReadinessPurpose.AzureUpload };

    /// <summary>Values that identify a machine or are a secret, with data of the kind that each has.</summary>
    public static (string Id, string Key, string Name, Func<string, object> Data)[] SecretValues { get; } =
    [
        ("DefenderOnboarded", Defender, "senseGuid", Text),
        ("CrowdStrikeIdentity", @"SYSTEM\CrowdStrike\{9b03c1d9-3138-44ed-9fae-d9f4c034b88d}\{16e0423f-7058-48c9-a204-725362b67639}\Default", "AG", Bytes),
        ("CrowdStrikeIdentity", WindowsKeys.Services + @"\CSAgent\Sim", "AG", Bytes),
        ("WsusIdentity", Update, "SusClientId", Text),
        ("WsusIdentity", Update, "SusClientIdValidation", Bytes),
        ("AutoLogonPassword", Winlogon, "DefaultPassword", Text),
        ("AutoLogonPassword", @"SECURITY\Policy\Secrets\DefaultPassword\CurrVal", string.Empty, Bytes),
        ("MachineCertificates", Certificates + @"\0011223344", "Blob", static secret => Certificate(2, secret)),
        ("ConfigMgrIdentity", @"SOFTWARE\Microsoft\SystemCertificates\SMS\Certificates\0011223344", "Blob", Bytes),
        ("EntraIdentity", WindowsKeys.Control + @"\CloudDomainJoin\JoinInfo\0011223344", "TenantId", Text),
    ];

    /// <summary>Files that identify a machine or hold a secret.</summary>
    public static (string Id, string Path)[] SecretFiles { get; } =
    [
        ("ConfigMgrIdentity", @"Windows\SMSCFG.ini"),
        ("ArcIdentity", @"ProgramData\AzureConnectedMachineAgent\Config\agentconfig.json"),
        ("SplunkIdentity", @"Program Files\SplunkUniversalForwarder\etc\instance.cfg"),
        ("SplunkIdentity", @"Program Files\Splunk\etc\instance.cfg"),
        ("OpenSshHostKeys", @"ProgramData\ssh\ssh_host_ed25519_key"),
        ("MetadataKeys", @"WindowsAzure\ProxyAgent\Keys\1.key"),
        ("UserSecrets", @"Users\anna\.azure\msal_token_cache.bin"),
        ("UserSecrets", @"Users\anna\.azure\service_principal_entries.bin"),
        ("UserSecrets", @"Users\anna\.azure\accessTokens.json"),
        ("UserSecrets", @"Users\anna\AppData\Local\.IdentityService\msal.cache"),
        ("UserSecrets", @"Users\anna\AppData\Roaming\gcloud\application_default_credentials.json"),
        ("UserSecrets", @"Users\anna\.aws\credentials"),
        ("UserSecrets", @"Users\anna\.kube\config"),
        ("UserSecrets", @"Users\anna\.docker\config.json"),
        ("UserSecrets", @"Users\anna\.ssh\id_ed25519"),
        ("UserSecrets", @"Users\anna\.git-credentials"),
        ("UserSecrets", @"Windows\System32\config\systemprofile\.ssh\id_rsa"),
        ("RunCommandScripts", Plugins + @"Microsoft.CPlat.Core.RunCommandWindows\1.1.18\Downloads\script0.ps1"),
        ("RunCommandScripts", Plugins + @"Microsoft.CPlat.Core.RunCommandHandlerWindows\2.0.7\Downloads\x\script.ps1"),
        ("RunCommandScripts", Plugins + @"Microsoft.Compute.CustomScriptExtension\1.10.15\Downloads\0\install.ps1"),
    ];

    public static IReadOnlyList<RuleState> All { get; } =
    [
        .. new[] { "DefenderOnboarded", "ConfigMgrIdentity", "IntuneEnrollment", "ArcIdentity", "EntraIdentity", "CrowdStrikeIdentity", "SplunkIdentity", "OpenSshHostKeys", "MetadataKeys", "MachineCertificates", "AutoLogonPassword", "UserSecrets", "RunCommandScripts" }
            .Select(static id => new RuleState(id, "none", Pass, static guest => guest)),
        .. SecretValues.Select(static value => new RuleState(value.Id, $@"{value.Key.Split('\\')[^1]}\{value.Name}", Fail, guest => Prepare(value.Id, guest).With(value.Key, value.Name, value.Data("1")), Warning)),
        .. SecretFiles.Select(static file => new RuleState(file.Id, file.Path, Fail, guest => guest.WithFile(file.Path, "\"auth\":1"), Warning)),
        .. new[] { "ArcIdentity", "SplunkIdentity", "OpenSshHostKeys", "MetadataKeys", "UserSecrets", "RunCommandScripts", "ConfigMgrIdentity" }.Select(static id => new RuleState(id, "no files", Undetermined, static guest => guest.Lose("FILES"), Warning)),
        .. new[] { "DefenderOnboarded", "IntuneEnrollment", "MachineCertificates", "AutoLogonPassword" }.Select(static id => new RuleState(id, "no hive", Undetermined, static guest => guest.Lose("SOFTWARE"), Warning)),
        .. new[] { "EntraIdentity", "CrowdStrikeIdentity" }.Select(static id => new RuleState(id, "no hive", Undetermined, static guest => guest.Lose("SYSTEM"), Warning)),

        new("DefenderOnboarded", "empty", Pass, guest => guest.With(Defender, "senseGuid", string.Empty).With(Defender + @"\Status", "OnboardingState", 0u)),
        new("DefenderOnboarded", "onboarded, and no id yet", Fail, guest => guest.With(Defender + @"\Status", "OnboardingState", 1u), Warning),
        new("DefenderOnboarded", "of a generalized guest", Fail, guest => MemoryGuest.Generalized().With(Defender, "senseGuid", "6a1b"), Warning),
        new("DefenderOnboarded", "of a machine that stays one", NotApplicable, guest => guest.With(Defender, "senseGuid", "6a1b"), Options: AzureAlone),
        new("DefenderOnboarded", "generalized, for Azure alone", Fail, guest => MemoryGuest.Generalized().With(Defender, "senseGuid", "6a1b"), Warning, AzureAlone),

        new("IntuneEnrollment", "enrolled", Fail, guest => guest.With(Enrollments + @"\{1}", "ProviderID", "MS DM Server"), Warning),
        new("IntuneEnrollment", "Windows' own keys", Pass, guest => guest.WithKey(Enrollments + @"\Context").With(Enrollments + @"\{2}", "EnrollmentType", 18u).With(Enrollments + @"\{3}", "ProviderID", "Local_Management")),

        new("EntraIdentity", "left", Pass, guest => guest.WithKey(WindowsKeys.Control + @"\CloudDomainJoin\JoinInfo")),

        new("WsusIdentity", "before Sysprep", NotApplicable, guest => guest.With(Update, "SusClientId", "1")),
        new("WsusIdentity", "taken away", Pass, guest => MemoryGuest.Generalized()),
        new("WsusIdentity", "no hive", Undetermined, guest => MemoryGuest.Generalized().Lose("SOFTWARE"), Warning),

        new("MachineCertificates", "without a private key", Pass, guest => guest.With(Certificates + @"\1", "Blob", Certificate(11, "CN=web01"))),
        new("MachineCertificates", "of Azure's agent", Pass, guest => guest.With(Certificates + @"\1", "Blob", Certificate(2, "Windows Azure CRP Certificate Generator"))),
        new("MachineCertificates", "a length that lies", Pass, guest => guest.With(Certificates + @"\1", "Blob", new byte[] { 3, 0, 0, 0, 1, 0, 0, 0, 255, 255, 255, 255, 2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0 })),

        new("AutoLogonPassword", "none is stored", Pass, guest => guest.With(Winlogon, "DefaultPassword", string.Empty).With(@"SECURITY\Policy\Secrets\DefaultPassword\CurrVal", string.Empty, Array.Empty<byte>())),

        new("UserSecrets", "a public key, an empty file, other files", Pass, guest => guest.WithFile(@"Users\anna\.ssh\id_rsa.pub", "x").WithFile(@"Users\anna\.ssh\known_hosts", "x").WithFile(@"Users\anna\.aws\credentials", string.Empty).WithFile(@"Users\anna\.azure\config", "x").WithFile(@"Users\anna\.aws\config", "x")),
        new("UserSecrets", "Docker's credential store", Pass, guest => guest.WithFile(@"Users\anna\.docker\config.json", "{\"auths\":{},\"credsStore\":\"desktop\"}")),
        new("RunCommandScripts", "an empty folder", Pass, guest => guest.WithFile(Plugins + @"Microsoft.CPlat.Core.RunCommandWindows\1.1.18\bin\RunCommandExtension.exe", "MZ")),
    ];

    private static MemoryGuest Prepare(string id, MemoryGuest guest) => id == "WsusIdentity" ? MemoryGuest.Generalized() : guest;

    private static object Text(string secret) => secret;

    private static object Bytes(string secret) => Encoding.UTF8.GetBytes(secret);

    /// <summary>A serialized certificate: a property, then the certificate.</summary>
    private static byte[] Certificate(int property, string text)
    {
        using MemoryStream stream = new();
        using BinaryWriter writer = new(stream);
        foreach ((int id, byte[] data) in new[] { (property, Encoding.Unicode.GetBytes(text)), (32, Encoding.ASCII.GetBytes(text)) })
        {
            writer.Write(id);
            writer.Write(1);
            writer.Write(data.Length);
            writer.Write(data);
        }

        return stream.ToArray();
    }
}
