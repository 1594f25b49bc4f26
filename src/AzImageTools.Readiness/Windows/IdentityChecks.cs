using System.Buffers.Binary;
using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Guests.Linux;
using AzImageTools.Readiness.Rules;

namespace AzImageTools.Readiness.Windows;

/// <summary>The checks of identities that are more than a value or a file. They tell where something lies, never what it is.</summary>
internal static class IdentityChecks
{
    private const string Enrollments = @"SOFTWARE\Microsoft\Enrollments";
    private const string Certificates = @"SOFTWARE\Microsoft\SystemCertificates\MY\Certificates";
    private const string StoredPassword = @"SECURITY\Policy\Secrets\DefaultPassword\CurrVal";
    private const string Plugins = @"Packages\Plugins";
    private const string SystemProfile = @"Windows\System32\config\systemprofile";
    private const int MaxShown = 20;
    private const int MaxEntries = 10_000;

    /// <summary>CERT_KEY_PROV_INFO_PROP_ID (wincrypt.h): where the private key is kept.</summary>
    private const uint KeyProviderProperty = 2;

    /// <summary>What gcloud keeps in a Windows user's profile.</summary>
    public static UserSecret Google { get; } = new("AppData/Roaming/gcloud", "keys for Google Cloud", References.GoogleCredentials, "credentials.db", "access_tokens.db", "application_default_credentials.json");

    /// <summary>What Azure's libraries keep in a Windows user's profile.</summary>
    public static UserSecret IdentityService { get; } = new("AppData/Local/.IdentityService", "tokens of Azure PowerShell or of Azure's libraries", References.AzureCliTokens, "msal.cache");

    /// <summary>Asks only where many machines are made of the disk: Sysprep is to run, or has.</summary>
    public static RuleCheck ForManyMachines(RuleCheck check) => check with
    {
        Look = context => context.Options.Purpose.HasFlag(ReadinessPurpose.Sysprep) || context.Generalization == GeneralizationState.Generalized
            ? check.Look(context)
            : RuleOutcome.NotApplicable("The disk is uploaded as the machine that it is, which keeps its identity."),
    };

    /// <summary>Asks nothing before Sysprep has run: it takes it away.</summary>
    public static RuleCheck AfterSysprep(RuleCheck check) => check with
    {
        Look = context => context.Generalization == GeneralizationState.NotGeneralized ? RuleOutcome.NotApplicable("Sysprep takes it away.") : check.Look(context),
    };

    /// <summary>Windows has keys there of its own; those of a device management server name it.</summary>
    public static RuleOutcome JudgeEnrollment(RuleContext context)
        => context.Guest.GetSubkeyValues(Enrollments, "ProviderID").Any(static enrollment => enrollment.Data[0] is string provider && string.Equals(provider, "MS DM Server", StringComparison.OrdinalIgnoreCase))
            ? RuleOutcome.Fail(new Observation($@"HKLM\{Enrollments}", "enrolled with MS DM Server"))
            : RuleOutcome.Pass(new Observation($@"HKLM\{Enrollments}", "not enrolled"));

    /// <summary>
    /// A certificate whose private key is on the machine. Those by which Azure's agent receives settings are made anew on every virtual
    /// machine, and left out.
    /// </summary>
    public static RuleOutcome JudgeCertificates(RuleContext context)
    {
        Observation[] found = [.. context.Guest.GetSubkeyValues(Certificates, "Blob")
            .Where(static certificate => certificate.Data[0] is byte[] blob && HasPrivateKey(blob))
            .Take(MaxShown)
            .Select(static certificate => new Observation($@"HKLM\{Certificates}\{certificate.Subkey}", "has a private key"))];
        return found.Length > 0 ? RuleOutcome.Fail(found) : RuleOutcome.Pass(new Observation($@"HKLM\{Certificates}", "none with a private key"));
    }

    public static RuleOutcome JudgeHostKeys(RuleContext context)
    {
        const string folder = @"ProgramData\ssh";
        Observation[] found = [.. context.Guest.FindIn(folder, static entry => !entry.IsDirectory && entry.Name.StartsWith("ssh_host_", StringComparison.OrdinalIgnoreCase))
            .Take(MaxShown)
            .Select(static path => new Observation(path.Replace('/', '\\'), "exists"))];
        return found.Length > 0 ? RuleOutcome.Fail(found) : RuleOutcome.Pass(new Observation($@"{folder}\ssh_host_*", "absent"));
    }

    /// <summary>What Autologon of Sysinternals stores. The SECURITY hive is closed even to administrators while Windows runs.</summary>
    public static RuleOutcome JudgeStoredPassword(RuleContext context)
        => context.Guest.IsLive ? RuleOutcome.NotApplicable("Windows keeps its stored secrets to itself while it runs.")
            : RegistryCheck.IsEmpty(context.Guest.GetValue(StoredPassword, string.Empty)) ? RuleOutcome.Pass(new Observation($@"HKLM\{StoredPassword}", "empty or absent"))
            : RuleOutcome.Fail(new Observation($@"HKLM\{StoredPassword}", "set"));

    /// <summary>The profiles of users, and that of LocalSystem, as which Run Command and extensions run.</summary>
    public static IReadOnlyList<string> FindHomes(Guest guest)
        => [.. guest.FindIn("Users", static entry => entry.IsDirectory && !entry.IsLink).Select(static path => @"Users\" + path.Substring("Users/".Length)), SystemProfile];

    /// <summary>No version of an extension keeps what it downloaded.</summary>
    public static RuleCheck NoDownloads(string extension) => new(FindingSeverity.Warning, context =>
    {
        string folder = $@"{Plugins}\{extension}";
        Observation[] found = [.. context.Guest.Enumerate(folder)
            .Take(MaxEntries)
            .Where(static version => version is { IsDirectory: true, IsLink: false })
            .Select(version => $@"{folder}\{version.Name}\Downloads")
            .Where(downloads => context.Guest.Enumerate(downloads).Any())
            .Take(MaxShown)
            .Select(static downloads => new Observation(downloads, "holds files"))];
        return found.Length > 0 ? RuleOutcome.Fail(found) : RuleOutcome.Pass(new Observation(folder, "no scripts"));
    });

    /// <summary>
    /// A serialized certificate (CertSerializeCertificateStoreElement): properties, each with its number, a reserved number and its
    /// length before it; the certificate itself is one of them.
    /// </summary>
    private static bool HasPrivateKey(byte[] blob)
    {
        const int headerSize = 12;
        const int lengthAt = 8;
        bool isFound = false;
        ReadOnlySpan<byte> rest = blob;
        while (rest.Length >= headerSize)
        {
            isFound |= BinaryPrimitives.ReadUInt32LittleEndian(rest) == KeyProviderProperty;
            uint length = BinaryPrimitives.ReadUInt32LittleEndian(rest.Slice(lengthAt));
            if (length > rest.Length - headerSize)
            {
                break;
            }

            rest = rest.Slice(headerSize + (int)length);
        }

        return isFound && ((ReadOnlySpan<byte>)blob).IndexOf("Windows Azure CRP Certificate Generator"u8) < 0;
    }
}
