using System.Globalization;
using AzImageTools.Disks.Registry;
using AzImageTools.Disks.Registry.Bcd;
using AzImageTools.Disks.Repair;
using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Rules;

namespace AzImageTools.Readiness.Windows;

/// <summary>
/// Checks of the boot configuration data: a hive of objects (programs, settings), each with elements named by the
/// hexadecimal number of their type.
/// </summary>
internal static class BootStore
{
    /// <summary>The Windows boot manager.</summary>
    public const string BootManager = "{9dea862c-5cdd-4e70-acc1-f32b344d4795}";

    /// <summary>The settings of the emergency management services.</summary>
    public const string EmsSettings = "{0ce4991b-e6b3-4b16-b23c-5e0d9250e5d9}";

    /// <summary>Stands for the loader that the boot manager starts by default.</summary>
    public const string DefaultLoader = "{default}";

    private const string DefaultObject = "23000003";

    /// <summary>An element that names a device is there.</summary>
    public static RuleCheck Device(FindingSeverity severity, string boot, string element) => new(severity, context =>
    {
        string key = ElementKey(context.Guest, boot, element);
        BcdDevice? device = Read(context.Guest, key, element) as BcdDevice;
        return RuleOutcome.PassIf(device is not null, new Observation($@"HKLM\{key}", device?.ToString() ?? "absent; expected a device"));
    });

    /// <summary>An element holds a number.</summary>
    public static RuleCheck Number(FindingSeverity severity, string boot, string element, ulong expected) => new(severity, context =>
    {
        string key = ElementKey(context.Guest, boot, element);
        ulong? number = Read(context.Guest, key, element) switch
        {
            ulong integer => integer,
            bool isOn => isOn ? 1u : 0u,
            _ => null,
        };
        string seen = number?.ToString(CultureInfo.InvariantCulture) ?? "absent";
        return number == expected
            ? RuleOutcome.Pass(new Observation($@"HKLM\{key}", seen))
            : RuleOutcome.Fail(new Observation($@"HKLM\{key}", FormattableString.Invariant($"{seen}; expected {expected}")));
    });

    /// <summary>An element holds a number, and is set to it by a repair: a whole one in eight bytes, as Windows stores it, a switch in one.</summary>
    public static RuleCheck SetNumber(FindingSeverity severity, string boot, string element, ulong wanted)
        => Number(severity, boot, element, wanted) with { Repair = context => Set(context.Guest, boot, element, IsSwitch(element) ? [(byte)wanted] : BitConverter.GetBytes(wanted)) };

    /// <summary>An element that names a device is there; where it is not, a repair gives it that of another element, which names the same one.</summary>
    public static RuleCheck DeviceAs(FindingSeverity severity, string boot, string element, string other) => Device(severity, boot, element) with
    {
        Repair = context => context.Guest.GetValue(ElementKey(context.Guest, boot, other), "Element") is byte[] data && BcdDevice.TryParse(data) is not null
            ? Set(context.Guest, boot, element, data)
            : [],
    };

    /// <summary>Sets an element of an object that is there.</summary>
    private static IEnumerable<RegistryEdit> Set(Guest guest, string boot, string element, byte[] data)
        => ElementKey(guest, boot, element) is var key && guest.KeyExists(key.Substring(0, key.LastIndexOf('\\')))
            ? [RegistryCheck.Edit(key, "Element", RegistryValueType.Binary, data)]
            : [];

    private static bool IsSwitch(string element) => element[1] == '6';

    private static string ElementKey(Guest guest, string boot, string element)
    {
        string id = boot;
        if (boot == DefaultLoader)
        {
            id = guest.GetValue(ElementKey(guest, BootManager, DefaultObject), "Element") as string
                ?? throw new EvidenceUnavailableException("The boot configuration names no default loader.");
        }

        return $@"{WindowsKeys.BootStore}\Objects\{id}\Elements\{element}";
    }

    private static object? Read(Guest guest, string key, string element) => BcdElement.TryCreate(element, guest.GetValue(key, "Element"))?.Value;
}
