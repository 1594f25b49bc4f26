using AzImageTools.Disks.Repair;
using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Rules;

namespace AzImageTools.Readiness.Windows;

/// <summary>The checks of the drivers that Windows starts with on Azure's newer hardware.</summary>
internal static class BootDriverChecks
{
    private const string SystemHive = "SYSTEM";
    private const string ControlSet = "ControlSet";
    private const string CurrentControlSet = "CurrentControlSet";
    private const string SecureBoot = WindowsKeys.Control + @"\SecureBoot\Servicing";
    private const uint Boot = 0;
    private const uint Disabled = 4;
    private const uint KernelDriver = 1;
    private const uint FileSystemDriver = 2;
    private const int MaxShown = 20;
    private const int FirstBuildWithNetworkAdapter = 17763;
    private const string NetworkAdapter = @"DriverDatabase\DeviceIds\PCI\VEN_1414&DEV_00BA";

    private static readonly string[] NetworkAdapterKeys = [WindowsKeys.Services + @"\mana", $@"{SystemHive}\{NetworkAdapter}", $@"DRIVERS\{NetworkAdapter}"];

    /// <summary>
    /// Windows starts from any of its control sets, and takes StartOverride before Start: written by a start on SCSI, it keeps the drivers
    /// from being there when the disk is NVMe.
    /// </summary>
    public static RuleOutcome JudgeNvme(RuleContext context)
    {
        string[] sets = ControlSets(context.Guest);
        Observation[] wrong = [.. NvmeDriverKeys(sets).SelectMany(key => SeeWrong(context.Guest, key))];
        return wrong.Length > 0
            ? RuleOutcome.Fail(wrong)
            : RuleOutcome.Pass(new Observation($@"HKLM\{SystemHive}", $"stornvme and vpci start at boot in {string.Join(", ", sets)}"));
    }

    /// <summary>In every control set. A driver that Windows does not have is not made by a value.</summary>
    public static IEnumerable<RegistryEdit> RepairNvme(Guest guest)
        => NvmeDriverKeys(ControlSets(guest)).SelectMany(static key => new[]
        {
            RegistryCheck.Edit(key, "Start", Boot, requiresKey: true),
            new RegistryEdit($@"HKLM\{key}\StartOverride", "0", null, null) { RequiresKey = true },
        });

    /// <summary>Drivers that start at boot carry their signature within them, as no catalogue can be read yet. Their headers tell whether they do.</summary>
    public static RuleOutcome JudgeSignatures(RuleContext context)
    {
        if (context.Guest.Disk is null)
        {
            return RuleOutcome.NotChecked("Only the disk image is looked through for drivers that are not signed.");
        }

        Observation[] wrong = [.. context.Guest.GetSubkeyValues(WindowsKeys.Services, "Start", "Type", "ImagePath")
            .Select(service => FindBootDriver(context.Guest, service.Subkey, service.Data))
            .OfType<string>()
            .Where(path => IsUnsigned(context.Guest, path))
            .Take(MaxShown)
            .Select(static path => new Observation(path, "starts at boot, and is not signed"))];
        return wrong.Length > 0 ? RuleOutcome.Fail(wrong) : RuleOutcome.Pass(new Observation(@"HKLM\" + WindowsKeys.Services, "no driver that starts at boot is unsigned"));
    }

    /// <summary>Asks nothing where no machine made from the disk has Secure Boot.</summary>
    public static RuleCheck WithSecureBoot(Func<RuleContext, RuleOutcome> look) => new(FindingSeverity.Warning, context
        => SecureBootChecks.IsPossible(context) ? look(context) : RuleOutcome.NotApplicable("Secure Boot is of generation 2."));

    /// <summary>A Windows that never met Secure Boot has no status.</summary>
    public static RuleOutcome JudgeSecureBootStatus(RuleContext context)
        => context.Guest.GetValue(SecureBoot, "UEFICA2023Status") switch
        {
            null => RuleOutcome.NotApplicable("Windows keeps no status of Secure Boot's certificates."),
            string status when string.Equals(status, "Updated", StringComparison.OrdinalIgnoreCase) => RuleOutcome.Pass(RegistryCheck.See(SecureBoot, "UEFICA2023Status", status)),
            var other => RuleOutcome.Fail(RegistryCheck.See(SecureBoot, "UEFICA2023Status", other, "Updated")),
        };

    /// <summary>
    /// A driver for its PCI device is in the driver database: of SYSTEM until Windows 10 1709, of a hive of its own since. Whoever has the
    /// service has the driver too.
    /// </summary>
    public static RuleOutcome JudgeNetworkAdapter(RuleContext context)
    {
        if (WindowsVersion.GetBuild(context.Guest) < FirstBuildWithNetworkAdapter)
        {
            return RuleOutcome.NotApplicable("There is no such driver for this Windows.");
        }

        string? found = NetworkAdapterKeys.FirstOrDefault(context.Guest.KeyExists);
        return found is null
            ? RuleOutcome.Fail(new Observation(@"HKLM\" + NetworkAdapterKeys[NetworkAdapterKeys.Length - 1], "absent"))
            : RuleOutcome.Pass(new Observation(@"HKLM\" + found, "exists"));
    }

    /// <summary>Azure installs it where the protocol is switched on, if the image does not bring it.</summary>
    public static RuleOutcome JudgeMetadataAgent(RuleContext context)
    {
        const string key = WindowsKeys.Services + @"\GuestProxyAgent";
        object? start = context.Guest.GetValue(key, "Start");
        return start is null ? RuleOutcome.NotApplicable("The agent is not installed; Azure adds it where it is needed.")
            : start is Disabled ? RuleOutcome.Fail(RegistryCheck.See(key, "Start", start, "2"))
            : RuleOutcome.Pass(RegistryCheck.See(key, "Start", start));
    }

    private static string[] ControlSets(Guest guest)
    {
        string[] sets = [.. guest.GetSubkeyNames(SystemHive).Where(IsControlSet)];
        return sets.Length > 0 ? sets : [CurrentControlSet];
    }

    private static IEnumerable<string> NvmeDriverKeys(string[] sets) => sets.SelectMany(static set => new[] { "stornvme", "vpci" }.Select(driver => $@"{SystemHive}\{set}\Services\{driver}"));

    private static bool IsControlSet(string name)
        => name.Length > ControlSet.Length && name.StartsWith(ControlSet, StringComparison.OrdinalIgnoreCase) && name.Skip(ControlSet.Length).All(static digit => digit is >= '0' and <= '9');

    private static IEnumerable<Observation> SeeWrong(Guest guest, string key)
    {
        if (guest.GetValue(key, "Start") is var start && start is not Boot)
        {
            yield return RegistryCheck.See(key, "Start", start, "0");
        }

        if (guest.GetValue(key + @"\StartOverride", "0") is { } late and not Boot)
        {
            yield return RegistryCheck.See(key + @"\StartOverride", "0", late, "absent");
        }
    }

    /// <summary>The file of a driver that starts at boot, where it is there; null for everything else.</summary>
    /// <param name="guest">The guest.</param>
    /// <param name="name">The service's name.</param>
    /// <param name="data">Its Start, Type and ImagePath.</param>
    private static string? FindBootDriver(Guest guest, string name, IReadOnlyList<object?> data)
    {
        if (data[0] is not Boot || data[1] is not (KernelDriver or FileSystemDriver))
        {
            return null;
        }

        string path = SystemPath.Of(data[2] as string ?? $@"System32\drivers\{name}.sys");
        return guest.GetFile(path) is { IsDirectory: false } ? path : null;
    }

    private static bool IsUnsigned(Guest guest, string path)
    {
        using Stream file = guest.OpenFile(path);
        return ProgramSignature.IsSigned(file) == false;
    }
}
