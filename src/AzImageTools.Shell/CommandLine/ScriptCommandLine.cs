using System.Management.Automation.Language;
using System.Text.RegularExpressions;

namespace AzImageTools.Shell.CommandLine;

/// <summary>Turns the words after -File into the call of the script, so that the engine binds them as it binds any call.</summary>
internal static partial class ScriptCommandLine
{
    /// <summary>
    /// A call that ends as the script ended. A script's <c>exit</c> leaves the script only, and shows in <c>$?</c> and
    /// <c>$LASTEXITCODE</c>; the second statement hands it on. A script that could not start counts as failed.
    /// </summary>
    public static string Build(string path, IEnumerable<string> arguments)
        => $"& {string.Join(' ', arguments.Select(Word).Prepend(Quoted(path)))}; if (-not $?) {{ exit ($LASTEXITCODE ? $LASTEXITCODE : 1) }}";

    /// <summary>A parameter's name stays bare, with a truth value or nothing after its colon; all else is a string.</summary>
    private static string Word(string argument)
    {
        Match parameter = Parameter().Match(argument);
        if (!parameter.Success)
        {
            return Quoted(argument);
        }

        string name = parameter.Groups["name"].Value;
        string value = parameter.Groups["value"].Value;
        bool isBare = value.Length == 0
            || string.Equals(value, "$true", StringComparison.OrdinalIgnoreCase)
            || string.Equals(value, "$false", StringComparison.OrdinalIgnoreCase);
        return isBare ? name + value : name + Quoted(value);
    }

    private static string Quoted(string text) => $"'{CodeGeneration.EscapeSingleQuotedStringContent(text)}'";

    [GeneratedRegex(@"^(?<name>-[\p{L}_][\p{L}\p{Nd}_]*)$|^(?<name>-[\p{L}_][\p{L}\p{Nd}_]*:)(?<value>.*)$", RegexOptions.ExplicitCapture | RegexOptions.Singleline | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Parameter();
}
