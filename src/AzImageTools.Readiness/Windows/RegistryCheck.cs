using System.Globalization;
using AzImageTools.Disks.Registry;
using AzImageTools.Disks.Repair;
using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Rules;

namespace AzImageTools.Readiness.Windows;

/// <summary>Makes the checks of which rows of registry-value rules consist. Data of another type than expected never passes.</summary>
internal static class RegistryCheck
{
    private const int MaxShownBytes = 32;
    private const int MaxShownNames = 10;

    /// <summary>The value is one of these numbers.</summary>
    public static RuleCheck Dword(FindingSeverity severity, string key, string name, params uint[] accepted)
        => Value(severity, key, name, Join(accepted), data => data is uint number && accepted.Contains(number));

    /// <summary>The value is this number, and set to it by a repair.</summary>
    public static RuleCheck SetDword(FindingSeverity severity, string key, string name, uint wanted, bool requiresKey = false)
        => Dword(severity, key, name, wanted) with { Repair = _ => [Edit(key, name, wanted, requiresKey)] };

    /// <summary>The value is one of these numbers, or is not there; a repair removes it.</summary>
    public static RuleCheck RemovedUnless(FindingSeverity severity, string key, string name, params uint[] accepted)
        => (accepted.Length == 0 ? Absent(severity, key, name) : DwordOrAbsent(severity, key, name, accepted)) with { Repair = _ => [Remove(key, name)] };

    /// <summary>The value is this text, without regard to case, and set to it by a repair.</summary>
    public static RuleCheck SetText(FindingSeverity severity, string key, string name, string wanted, RegistryValueType type = RegistryValueType.ExpandString)
        => Text(severity, key, name, wanted) with { Repair = _ => [Edit(key, name, type, wanted)] };

    /// <summary>Gives a value type and data.</summary>
    public static RegistryEdit Edit(string key, string name, RegistryValueType type, object data) => new(Place(key), name, type, data);

    /// <summary>Removes a value.</summary>
    public static RegistryEdit Remove(string key, string name) => new(Place(key), name, null, null);

    /// <summary>Makes a number of a value.</summary>
    public static RegistryEdit Edit(string key, string name, uint wanted, bool requiresKey = false)
        => new(Place(key), name, RegistryValueType.DWord, wanted) { RequiresKey = requiresKey };

    /// <summary>The value is one of these numbers, or is not there.</summary>
    public static RuleCheck DwordOrAbsent(FindingSeverity severity, string key, string name, params uint[] accepted)
        => Value(severity, key, name, Join(accepted) + " or absent", data => data is null || (data is uint number && accepted.Contains(number)));

    /// <summary>The value is one of these texts, without regard to case.</summary>
    public static RuleCheck Text(FindingSeverity severity, string key, string name, params string[] accepted)
        => Value(severity, key, name, string.Join(" or ", accepted), data => data is string text && accepted.Contains(text, StringComparer.OrdinalIgnoreCase));

    /// <summary>The value is not there, or holds nothing.</summary>
    public static RuleCheck Empty(FindingSeverity severity, string key, string name)
        => Value(severity, key, name, "empty or absent", IsEmpty);

    /// <summary>The value is not there.</summary>
    public static RuleCheck Absent(FindingSeverity severity, string key, string name)
        => Value(severity, key, name, "absent", data => data is null);

    /// <summary>The value is as the function says.</summary>
    public static RuleCheck Value(FindingSeverity severity, string key, string name, string expected, Func<object?, bool> accepts)
        => new(severity, context =>
        {
            object? data = context.Guest.GetValue(key, name);
            return RuleOutcome.PassIf(accepts(data), See(key, name, data, accepts(data) ? null : expected));
        });

    /// <summary>The value is not there, or holds nothing. What it holds is never told.</summary>
    public static RuleCheck NoSecret(FindingSeverity severity, string key, string name)
        => new(severity, context =>
        {
            string place = $@"{Place(key)}\{(name.Length == 0 ? "(Default)" : name)}";
            return IsEmpty(context.Guest.GetValue(key, name))
                ? RuleOutcome.Pass(new Observation(place, "empty or absent"))
                : RuleOutcome.Fail(new Observation(place, "set"));
        });

    /// <summary>The key has no keys below it. Their names, which may be identifiers, are not told.</summary>
    public static RuleCheck NoSecretSubkeys(FindingSeverity severity, string key)
        => new(severity, context => context.Guest.GetSubkeyNames(key).Count > 0
            ? RuleOutcome.Fail(new Observation(Place(key), "holds keys"))
            : RuleOutcome.Pass(new Observation(Place(key), "empty or absent")));

    /// <summary>The key is not there.</summary>
    public static RuleCheck KeyAbsent(FindingSeverity severity, string key)
        => new(severity, context => context.Guest.KeyExists(key)
            ? RuleOutcome.Fail(new Observation(Place(key), "exists"))
            : RuleOutcome.Pass(new Observation(Place(key), "absent")));

    /// <summary>The key has no keys below it whose names the function picks.</summary>
    public static RuleCheck NoSubkeys(FindingSeverity severity, string key, Func<string, bool> picks)
        => new(severity, context => NoNames(key, context.Guest.GetSubkeyNames(key).Where(picks)));

    /// <summary>The key has no values.</summary>
    public static RuleCheck NoValues(FindingSeverity severity, string key)
        => new(severity, context => NoNames(key, context.Guest.GetValueNames(key).Where(name => name.Length > 0)));

    /// <summary>The key has no values; a repair removes them.</summary>
    public static RuleCheck RemovedValues(FindingSeverity severity, string key)
        => NoValues(severity, key) with { Repair = context => context.Guest.GetValueNames(key).Where(static name => name.Length > 0).Select(name => Remove(key, name)) };

    /// <summary>What was seen in a value.</summary>
    /// <param name="key">The key.</param>
    /// <param name="name">The value's name.</param>
    /// <param name="data">Its data; null where there is none.</param>
    /// <param name="expected">What it should be; null where it is as it should be.</param>
    public static Observation See(string key, string name, object? data, string? expected = null)
    {
        string seen = Show(data);
        return new Observation($@"{Place(key)}\{(name.Length == 0 ? "(Default)" : name)}", expected is null ? seen : $"{seen}; expected {expected}");
    }

    /// <summary>Whether a value is not there or holds nothing.</summary>
    public static bool IsEmpty(object? data) => data switch
    {
        null => true,
        string text => text.Length == 0,
        string[] texts => texts.All(text => text.Length == 0),
        byte[] bytes => bytes.Length == 0,
        _ => false,
    };

    private static RuleOutcome NoNames(string key, IEnumerable<string> names)
    {
        string[] found = [.. names.Take(MaxShownNames)];
        return found.Length == 0
            ? RuleOutcome.Pass(new Observation(Place(key), "none"))
            : RuleOutcome.Fail([.. found.Select(name => new Observation($@"{Place(key)}\{name}", "exists"))]);
    }

    private static string Place(string key) => @"HKLM\" + key;

    private static string Join(uint[] numbers) => string.Join(" or ", numbers.Select(number => Show(number)));

    private static string Show(object? data) => data switch
    {
        null => "absent",
        uint number => number.ToString(CultureInfo.InvariantCulture),
        ulong number => number.ToString(CultureInfo.InvariantCulture),
        string line => $"\"{line}\"",
        string[] lines => "\"" + string.Join("\", \"", lines) + "\"",
        byte[] { Length: 0 } => "empty",
        byte[] bytes => BitConverter.ToString(bytes, 0, Math.Min(bytes.Length, MaxShownBytes)) + (bytes.Length > MaxShownBytes ? "…" : string.Empty),
        _ => data.GetType().Name,
    };
}
