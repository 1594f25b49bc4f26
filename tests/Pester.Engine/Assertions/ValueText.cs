using System.Collections;
using System.Management.Automation;

namespace Pester.Engine.Assertions;

/// <summary>Values as a failed test shows them.</summary>
internal static class ValueText
{
    private const int MostElements = 10;

    public static string Of(object? value) => (value is PSObject { BaseObject: not PSCustomObject } wrapped ? wrapped.BaseObject : value) switch
    {
        null => "$null",
        string text => $"'{text}'",
        bool truth => truth ? "$true" : "$false",
        Type type => $"[{type}]",
        ScriptBlock script => $"{{{script}}}",
        IDictionary dictionary => $"@{{{string.Join("; ", dictionary.Keys.Cast<object>().Select(key => $"{key}={Of(dictionary[key])}"))}}}",
        IEnumerable items => Collection([.. items.Cast<object?>()]),
        var single => LanguagePrimitives.ConvertTo<string>(single) ?? "$null",
    };

    private static string Collection(object?[] items) => items is [var single]
        ? Of(single)
        : $"@({string.Join(", ", items.Take(MostElements).Select(Of))}{(items.Length > MostElements ? $", … {items.Length} in all" : string.Empty)})";
}
