using System.Globalization;
using AzImageTools.Disks.Registry.Bcd;
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
