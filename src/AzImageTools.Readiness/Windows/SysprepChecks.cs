

using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Guests.Gathered;
using AzImageTools.Readiness.Rules;

namespace AzImageTools.Readiness.Windows;

/// <summary>The checks of Sysprep's rules that are more than a value in a table.</summary>
internal static class SysprepChecks
{
    private const string StateFile = @"Windows\Setup\State\State.ini";
    private const string HibernationFile = "hiberfil.sys";
    private const int FirstBuildThatKeepsUpgrades = 14393;
    private const int FirstBuildWithoutSysprepAsSystem = 26100;
    private const int MaxShown = 10;
    private const string UpgradeHistoryPrefix = "Source OS (Updated on";

    /// <summary>
    /// A running Windows tells. Without it, the registry's list of each account's packages can hint at one that is not
    /// provisioned, but not that there is none.
    /// </summary>
    public static RuleOutcome JudgeAppPackages(RuleContext context)
    {
        Guest guest = context.Guest;
        const string seen = "installed for a user, not provisioned for all";
        if (guest.Live is { } live)
        {
            IReadOnlyList<string> packages = live.UserOnlyAppPackages ?? throw new EvidenceUnavailableException("Windows did not list the users' app packages: run this as an administrator.");
            return packages.Count == 0
                ? RuleOutcome.Pass(new Observation("App packages", "every user's are provisioned"))
                : RuleOutcome.Fail([.. packages.Take(MaxShown).Select(package => new Observation(package, seen))]);
        }

        HashSet<string> provisioned = new(
            guest.GetSubkeyNames(WindowsKeys.AppStore + @"\Applications").Concat(guest.GetSubkeyNames(WindowsKeys.AppStore + @"\InboxApplications")),
            StringComparer.OrdinalIgnoreCase);
        Observation[] extra = [.. guest.GetSubkeyNames(WindowsKeys.AppStore)
            .Where(IsAccount)
            .SelectMany(sid => guest.GetSubkeyNames($@"{WindowsKeys.AppStore}\{sid}"))
            .Where(package => !provisioned.Contains(package))
            .Distinct(StringComparer.OrdinalIgnoreCase)
            .Take(MaxShown)
            .Select(package => new Observation(package, seen))];
        return extra.Length > 0
            ? RuleOutcome.Fail(extra) with { Severity = FindingSeverity.Warning }
            : RuleOutcome.NotChecked("The registry shows no such package, but only the running machine shows them all.");
    }

    public static RuleOutcome JudgeBitLocker(RuleContext context)
    {
        GuestVolume? system = context.Guest.Volumes.FirstOrDefault(volume => volume.HoldsOperatingSystem);
        if (system is not null)
        {
            // A running Windows Server without the feature has nothing that would tell, nor what encrypts (Microsoft Learn, "Install BitLocker on Windows Server").
            return system.IsBitLocker is { } isEncrypted ? RuleOutcome.PassIf(!isEncrypted, See(system))
                : RoleCache.GetState(context.Guest, "BitLocker") == RoleCache.Available
                ? RuleOutcome.Pass(new Observation($@"HKLM\{WindowsKeys.RoleCache}\BitLocker", "the feature is not installed"))
                : RuleOutcome.Undetermined(system.BitLockerProblem ?? $"Whether {system.Name} is encrypted with BitLocker could not be found out.") with
                {
                    Remedy = "manage-bde -status C:   # as an administrator; Sysprep needs 'Fully Decrypted'",
                };
        }

        // Whatever is behind a BitLocker volume can't be read: with no operating system seen elsewhere, it is there.
        GuestVolume[] encrypted = [.. context.Guest.Volumes.Where(volume => volume.IsBitLocker == true)];
        return encrypted.Length > 0
            ? RuleOutcome.Fail([.. encrypted.Select(See)])
            : RuleOutcome.Undetermined("No volume holds an operating system.");
    }

    /// <summary>Audit mode is where Sysprep is run from; what is uploaded must start Windows itself.</summary>
    public static RuleOutcome JudgeImageState(RuleContext context)
    {
        if (context.Generalization == GeneralizationState.Generalized)
        {
            return RuleOutcome.NotApplicable("The guest is generalized already.");
        }

        bool takesAudit = context.Options.Purpose.HasFlag(ReadinessPurpose.Sysprep);
        object? state = context.Guest.GetValue(WindowsKeys.SetupState, "ImageState");
        Observation value = RegistryCheck.See(WindowsKeys.SetupState, "ImageState", state);
        if (state is not string name || !(Is(name, "IMAGE_STATE_COMPLETE") || (takesAudit && name.EndsWith("_RESEAL_TO_AUDIT", StringComparison.OrdinalIgnoreCase))))
        {
            return RuleOutcome.Fail(RegistryCheck.See(WindowsKeys.SetupState, "ImageState", state, "IMAGE_STATE_COMPLETE" + (takesAudit ? " or a state that reseals to audit" : string.Empty)));
        }

        string? file = ReadStateFile(context.Guest);
        Observation stateFile = new(StateFile, file ?? "absent");
        return RuleOutcome.PassIf(file is null || Is(file, name), value, stateFile);
    }

    /// <summary>The image state that State.ini tells; null where the file is not there, empty where it tells none.</summary>
    public static string? ReadStateFile(Guest guest)
        => guest.ReadText(StateFile)?
            .Split('\r', '\n')
            .Select(line => line.Split(['='], 2))
            .Where(parts => parts.Length == 2 && Is(parts[0].Trim(), "ImageState"))
            .Select(parts => parts[1].Trim())
            .DefaultIfEmpty(string.Empty)
            .First();

    public static RuleOutcome JudgeUpgrade(RuleContext context)
    {
        FindingSeverity severity = WindowsVersion.GetBuild(context.Guest) < FirstBuildThatKeepsUpgrades ? FindingSeverity.Blocker : FindingSeverity.Warning;
        Observation[] marks = [.. context.Guest.GetSubkeyNames(WindowsKeys.Setup)
            .Where(name => name.StartsWith(UpgradeHistoryPrefix, StringComparison.OrdinalIgnoreCase) || Is(name, "Upgrade"))
            .Select(name => new Observation($@"HKLM\{WindowsKeys.Setup}\{name}", "exists"))];
        return marks.Length > 0
            ? RuleOutcome.Fail(marks) with { Severity = severity }
            : RuleOutcome.Pass(new Observation(@"HKLM\" + WindowsKeys.Setup, "no earlier version"));
    }

    public static RuleOutcome JudgeMembership(RuleContext context)
    {
        // The SECURITY hive is closed even to administrators while Windows runs.
        if (context.Guest.IsLive)
        {
            bool joined = LiveCheck.Require(context.Guest, "Domain membership", live => live.IsDomainJoined);
            return RuleOutcome.PassIf(!joined, new Observation("Domain membership", joined ? "member of a domain" : "workgroup"));
        }

        if (!context.Guest.KeyExists(WindowsKeys.DomainMembership))
        {
            return RuleOutcome.Undetermined($@"HKLM\{WindowsKeys.DomainMembership} is missing.");
        }

        object? sid = context.Guest.GetValue(WindowsKeys.DomainMembership, string.Empty);
        return RuleOutcome.PassIf(
            RegistryCheck.IsEmpty(sid),
            RegistryCheck.See(WindowsKeys.DomainMembership, string.Empty, sid, RegistryCheck.IsEmpty(sid) ? null : "empty, as in a workgroup"));
    }

    /// <summary>The product type alone warns; with a directory database beside it, it is certain.</summary>
    public static RuleOutcome JudgeController(RuleContext context)
    {
        object? product = context.Guest.GetValue(WindowsKeys.Control + @"\ProductOptions", "ProductType");
        Observation seen = RegistryCheck.See(WindowsKeys.Control + @"\ProductOptions", "ProductType", product);
        if (product is not string type || !Is(type, "LanmanNT"))
        {
            return product is null ? RuleOutcome.Undetermined(seen.ToString()) : RuleOutcome.Pass(seen);
        }

        object? database = context.Guest.GetValue(WindowsKeys.Services + @"\NTDS\Parameters", "DSA Database file");
        return RuleOutcome.Fail(seen, RegistryCheck.See(WindowsKeys.Services + @"\NTDS\Parameters", "DSA Database file", database)) with
        {
            Severity = RegistryCheck.IsEmpty(database) ? FindingSeverity.Warning : FindingSeverity.Blocker,
        };
    }

    /// <summary>Each provider is a DLL and one of its functions, as in <c>C:\Windows\System32\sppnp.dll,Sysprep_Generalize_Pnp</c>.</summary>
    public static RuleOutcome JudgeProviders(RuleContext context)
    {
        string[] lost = [.. context.Guest.GetValueNames(WindowsKeys.SysprepProviders)
            .Select(name => context.Guest.GetValue(WindowsKeys.SysprepProviders, name) as string)
            .Select(provider => ToPath(provider?.Split(',')[0].Trim() ?? string.Empty))
            .Where(path => path.Length > 0)
            .Distinct(StringComparer.OrdinalIgnoreCase)
            .Where(path => context.Guest.GetFile(path) is null)];
        return lost.Length == 0
            ? RuleOutcome.Pass(new Observation(@"HKLM\" + WindowsKeys.SysprepProviders, "every provider's file exists"))
            : RuleOutcome.Fail([.. lost.Take(MaxShown).Select(path => new Observation(path, "absent, though Sysprep calls it"))]);
    }

    public static RuleOutcome JudgeRunContext(RuleContext context)
    {
        if (context.Guest is EvidenceGuest)
        {
            return RuleOutcome.NotChecked("The account that gathered the evidence may not be the one that will start Sysprep.");
        }

        bool isSystem = LiveCheck.Require(context.Guest, "The account that starts Sysprep", live => live.RunsAsLocalSystem);
        FindingSeverity severity = WindowsVersion.GetBuild(context.Guest) < FirstBuildWithoutSysprepAsSystem ? FindingSeverity.Information : FindingSeverity.Blocker;
        return RuleOutcome.PassIf(!isSystem, new Observation("The account that starts Sysprep", isSystem ? "LocalSystem" : "a user")) with { Severity = severity };
    }

    /// <summary>Hibernation and fast startup both leave the signature HIBR; a resumed system leaves WAKE, or zeros.</summary>
    public static RuleOutcome JudgeHibernation(RuleContext context)
    {
        if (context.Guest.IsLive)
        {
            return RuleOutcome.Pass(new Observation(HibernationFile, "the machine is running"));
        }

        if (context.Guest.GetFile(HibernationFile) is not { IsDirectory: false })
        {
            return RuleOutcome.Pass(new Observation(HibernationFile, "absent"));
        }

        using Stream content = context.Guest.OpenFile(HibernationFile);
        byte[] signature = new byte[4];
        int length = 0;
        int count;
        while (length < signature.Length && (count = content.Read(signature, length, signature.Length - length)) > 0)
        {
            length += count;
        }

        string text = System.Text.Encoding.ASCII.GetString(signature).TrimEnd('\0');
        return RuleOutcome.PassIf(!Is(text, "HIBR"), new Observation(HibernationFile, text.Length == 0 ? "no signature" : $"signature {text}"));
    }

    /// <summary>A profile of an account of this machine or a domain, other than the built-in Administrator's.</summary>
    public static bool IsProfileOfUser(string sid)
        => IsAccount(sid) && !sid.EndsWith("-500", StringComparison.Ordinal);

    /// <summary>The SID of an account of this machine or a domain.</summary>
    private static bool IsAccount(string sid) => sid.StartsWith("S-1-5-21-", StringComparison.OrdinalIgnoreCase);

    /// <summary>A path from the system volume's root; a name alone is one of System32's files.</summary>
    private static string ToPath(string file)
    {
        foreach (string root in new[] { @"%SystemRoot%\", @"%windir%\", @"\SystemRoot\" })
        {
            if (file.StartsWith(root, StringComparison.OrdinalIgnoreCase))
            {
                return @"Windows\" + file.Substring(root.Length);
            }
        }

        return file.IndexOf(':') == 1 ? file.Substring(2).TrimStart('\\')
            : file.Length == 0 || file.IndexOf('\\') >= 0 ? file
            : @"Windows\System32\" + file;
    }

    private static Observation See(GuestVolume volume) => new(volume.Name, volume.IsBitLocker == true ? "encrypted with BitLocker" : $"{volume.FileSystem}");

    private static bool Is(string text, string other) => string.Equals(text, other, StringComparison.OrdinalIgnoreCase);
}
