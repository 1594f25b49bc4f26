using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Text.RegularExpressions;
using Pester.Engine.Model;

namespace Pester.Engine.Assertions;

/// <summary>The operators of Should by name, each with the meaning that Pester gives it: that of a PowerShell operator.</summary>
internal static class AssertionTable
{
    private static readonly Dictionary<string, Assertion> Rows = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Be"] = new(true, (actual, expected, _) => Same(actual, expected, ignoreCase: true), ValueText.Of),
        ["BeExactly"] = new(true, (actual, expected, _) => Same(actual, expected, ignoreCase: false), value => $"exactly {ValueText.Of(value)}"),
        ["BeNullOrEmpty"] = new(true, (actual, _, _) => IsNullOrEmpty(actual), _ => "$null or empty"),
        ["BeTrue"] = new(false, (actual, _, _) => LanguagePrimitives.IsTrue(actual), _ => "$true"),
        ["BeFalse"] = new(false, (actual, _, _) => !LanguagePrimitives.IsTrue(actual), _ => "$false"),
        ["Match"] = new(false, (actual, expected, _) => Matches(actual, expected, RegexOptions.IgnoreCase), value => $"a match of {ValueText.Of(value)}"),
        ["MatchExactly"] = new(false, (actual, expected, _) => Matches(actual, expected, RegexOptions.None), value => $"an exact match of {ValueText.Of(value)}"),
        ["BeLike"] = new(false, (actual, expected, _) => Like(actual, expected, WildcardOptions.IgnoreCase), value => $"something like {ValueText.Of(value)}"),
        ["BeLikeExactly"] = new(false, (actual, expected, _) => Like(actual, expected, WildcardOptions.None), value => $"something exactly like {ValueText.Of(value)}"),
        ["HaveCount"] = new(true, (actual, expected, _) => Count(actual) == Number(expected), value => $"a collection of {ValueText.Of(value)}"),
        ["BeOfType"] = new(false, (actual, expected, _) => IsOfType(actual, expected), value => $"an object of type {ValueText.Of(value)}"),
        ["BeGreaterThan"] = new(false, (actual, expected, _) => Compare(actual, expected) > 0, value => $"more than {ValueText.Of(value)}"),
        ["BeGreaterOrEqual"] = new(false, (actual, expected, _) => Compare(actual, expected) >= 0, value => $"{ValueText.Of(value)} or more"),
        ["BeLessThan"] = new(false, (actual, expected, _) => Compare(actual, expected) < 0, value => $"less than {ValueText.Of(value)}"),
        ["BeLessOrEqual"] = new(false, (actual, expected, _) => Compare(actual, expected) <= 0, value => $"{ValueText.Of(value)} or less"),
        ["Contain"] = new(true, (actual, expected, _) => Contains(actual, expected), value => $"a collection with {ValueText.Of(value)} in it"),
        ["BeIn"] = new(false, (actual, expected, _) => Contains(expected, actual), value => $"one of {ValueText.Of(value)}"),
        ["Exist"] = new(false, (actual, _, cmdlet) => Exists(actual, cmdlet), _ => "a path that exists"),
    };

    /// <exception cref="PesterSyntaxException">There is no such operator.</exception>
    public static Assertion Find(string name)
        => Rows.TryGetValue(name, out Assertion? assertion) ? assertion : throw new PesterSyntaxException($"Should has no operator -{name}.");

    /// <summary>Collections are the same element by element; one that holds a single value is the same as that value.</summary>
    private static bool Same(object? actual, object? expected, bool ignoreCase)
    {
        if (IsList(actual) || IsList(expected))
        {
            object?[] left = actual is null ? [null] : List(actual);
            object?[] right = expected is null ? [null] : List(expected);
            return left.Length == right.Length && left.Zip(right).All(pair => Same(pair.First, pair.Second, ignoreCase));
        }

        return SameValue(actual, expected, ignoreCase);
    }

    private static bool SameValue(object? actual, object? expected, bool ignoreCase)
        => LanguagePrimitives.Equals(actual, expected, ignoreCase, CultureInfo.InvariantCulture);

    private static bool IsNullOrEmpty(object? actual) => List(actual) switch
    {
        [] => true,
        [var single] => Bare(single) switch
        {
            IDictionary dictionary => dictionary.Count == 0,
            var value => string.IsNullOrEmpty(Text(value)),
        },
        _ => false,
    };

    private static bool Matches(object? actual, object? pattern, RegexOptions options)
        => Regex.IsMatch(Text(actual), Text(pattern), options, TimeSpan.FromSeconds(10));

    private static bool Like(object? actual, object? pattern, WildcardOptions options)
        => WildcardPattern.Get(Text(pattern), options).IsMatch(Text(actual));

    private static int Number(object? expected) => LanguagePrimitives.ConvertTo<int>(expected) is var count and >= 0
        ? count
        : throw new PesterSyntaxException("-HaveCount needs a number of 0 or more.");

    private static int Count(object? actual) => List(actual).Length;

    private static bool IsOfType(object? actual, object? expected)
    {
        if (actual is null)
        {
            return false;
        }

        Type type = Bare(expected) as Type ?? LanguagePrimitives.ConvertTo<Type>(Text(expected).Trim('[', ']'));
        return type.IsInstanceOfType(Bare(actual)) || type.IsInstanceOfType(actual);
    }

    private static int Compare(object? actual, object? expected) => LanguagePrimitives.Compare(actual, expected, ignoreCase: true, CultureInfo.InvariantCulture);

    private static bool Contains(object? collection, object? item)
        => List(collection).Any(element => SameValue(element, item, ignoreCase: true));

    private static bool Exists(object? path, PSCmdlet cmdlet) => cmdlet.SessionState.InvokeProvider.Item.Exists(Text(path));

    private static string Text(object? value) => LanguagePrimitives.ConvertTo<string>(value) ?? string.Empty;

    private static object? Bare(object? value) => value is PSObject { BaseObject: not PSCustomObject } wrapped ? wrapped.BaseObject : value;

    private static bool IsList(object? value) => Bare(value) is IEnumerable and not string and not IDictionary;

    private static object?[] List(object? value) => Bare(value) switch
    {
        null => [],
        IEnumerable items and not string and not IDictionary => [.. items.Cast<object?>()],
        var single => [single],
    };
}
