using System.Globalization;
using AzImageTools.Readiness.Guests;

namespace AzImageTools.Readiness.Windows;

/// <summary>
/// Checks of the boot configuration data: a hive of objects (programs, settings), each with elements named by the
/// hexadecimal number of their type. Numbers are stored in one to eight bytes.
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
        bool isSet = context.Guest.GetValue(key, "Element") is byte[] { Length: > 0 };
        return RuleOutcome.PassIf(isSet, new Evidence($@"HKLM\{key}", isSet ? "set" : "absent; expected a device"));
    });

    /// <summary>An element holds a number.</summary>
    public static RuleCheck Number(FindingSeverity severity, string boot, string element, ulong expected) => new(severity, context =>
    {
        string key = ElementKey(context.Guest, boot, element);
        ulong? number = ToNumber(context.Guest.GetValue(key, "Element"));
        string seen = number?.ToString(CultureInfo.InvariantCulture) ?? "absent";
        return number == expected
            ? RuleOutcome.Pass(new Evidence($@"HKLM\{key}", seen))
            : RuleOutcome.Fail(new Evidence($@"HKLM\{key}", FormattableString.Invariant($"{seen}; expected {expected}")));
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

    private static ulong? ToNumber(object? data)
    {
        if (data is not byte[] { Length: > 0 and <= sizeof(ulong) } bytes)
        {
            return null;
        }

        ulong number = 0;
        for (int index = bytes.Length - 1; index >= 0; index--)
        {
            number = (number << 8) | bytes[index];
        }

        return number;
    }
}
