using System.Management.Automation;
using System.Text.RegularExpressions;

namespace Pester.Engine.Model;

/// <summary>The name of a test with data: <c>&lt;Path&gt;</c>, <c>&lt;_&gt;</c> and <c>&lt;_.Name&gt;</c> stand for what the row holds.</summary>
internal static partial class NameTemplate
{
    /// <exception cref="PesterSyntaxException">The data holds no such value.</exception>
    public static string Expand(string template, TestData? data, TestBlock block)
    {
        Dictionary<string, object?> variables = new(StringComparer.OrdinalIgnoreCase);
        foreach (TestData level in block.Lineage.Select(outer => outer.Data).Append(data).OfType<TestData>())
        {
            foreach ((string name, object? value) in level.Variables)
            {
                variables[name] = value;
            }
        }

        // Without any data, Pester leaves the name as it is written too.
        return variables.Count == 0 ? template : Placeholder().Replace(template, match => Value(match.Groups["path"].Value, variables, template));
    }

    private static string Value(string path, Dictionary<string, object?> variables, string template)
    {
        string[] steps = path.Split('.');
        if (!variables.TryGetValue(steps[0], out object? value))
        {
            throw new PesterSyntaxException($"The name '{template}' asks for <{path}>, which -ForEach does not give.");
        }

        foreach (string step in steps.Skip(1))
        {
            value = value is System.Collections.IDictionary dictionary
                ? dictionary[step]
                : value is null ? null : PSObject.AsPSObject(value).Properties[step]?.Value;
        }

        return LanguagePrimitives.ConvertTo<string>(value) ?? string.Empty;
    }

    [GeneratedRegex(@"<(?<path>[\w]+(\.\w+)*)>", RegexOptions.ExplicitCapture)]
    private static partial Regex Placeholder();
}
