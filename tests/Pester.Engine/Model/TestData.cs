using System.Collections;
using System.Management.Automation;

namespace Pester.Engine.Model;

/// <summary>One item of -ForEach: <c>$_</c>, and for a dictionary a variable for each of its keys.</summary>
internal sealed class TestData(object? item)
{
    public object? Item { get; } = item;

    public IEnumerable<KeyValuePair<string, object?>> Variables
    {
        get
        {
            yield return new("_", Item);
            if (Unwrap(Item) is IDictionary dictionary)
            {
                foreach (DictionaryEntry entry in dictionary)
                {
                    yield return new(entry.Key.ToString() ?? string.Empty, entry.Value);
                }
            }
        }
    }

    /// <summary>The rows of -ForEach; one without data where the parameter was not given.</summary>
    /// <exception cref="PesterSyntaxException">It was given but holds nothing: a test would silently not run.</exception>
    public static IReadOnlyList<TestData?> Rows(string name, object? forEach, bool isGiven)
    {
        if (!isGiven)
        {
            return [null];
        }

        TestData[] rows = Unwrap(forEach) switch
        {
            null => [],
            IDictionary single => [new TestData(single)],
            string text => [new TestData(text)],
            IEnumerable items => [.. items.Cast<object?>().Select(item => new TestData(item))],
            object single => [new TestData(single)],
        };
        return rows.Length > 0 ? rows : throw new PesterSyntaxException($"-ForEach of '{name}' is empty: nothing would run.");
    }

    private static object? Unwrap(object? value) => value is PSObject { BaseObject: not PSCustomObject } wrapped ? wrapped.BaseObject : value;
}
