using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using AzImageTools.Disks;
using AzImageTools.Disks.Inspection;
using AzImageTools.Readiness;

namespace AzImageTools.Completion;

/// <summary>Completes names, whatever their case and whether a quote was typed.</summary>
public abstract class NameCompleter : IArgumentCompleter
{
    private protected NameCompleter()
    {
    }

    /// <summary>The names that begin with what was typed.</summary>
    /// <param name="commandName">The command's name.</param>
    /// <param name="parameterName">The parameter's name.</param>
    /// <param name="wordToComplete">What was typed.</param>
    /// <param name="commandAst">The command.</param>
    /// <param name="fakeBoundParameters">The parameters given before.</param>
    public IEnumerable<CompletionResult> CompleteArgument(string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        string typed = (wordToComplete ?? string.Empty).Trim('\'', '"');
        return ListNames(commandName, fakeBoundParameters)
            .Where(found => found.Name.StartsWith(typed, StringComparison.OrdinalIgnoreCase) && IsShown(found.Name))
            .Select(found => new CompletionResult(Quote(found.Name), found.Name, CompletionResultType.ParameterValue, PrintableText.Of(found.ToolTip)));
    }

    /// <summary>All names, in order, each with what explains it.</summary>
    /// <param name="commandName">The command's name.</param>
    /// <param name="boundParameters">The parameters given before.</param>
    private protected abstract IEnumerable<(string Name, string ToolTip)> ListNames(string commandName, IDictionary? boundParameters);

    /// <summary>Whether a name can stand in a command line as it is: no service gives another, but what answers may not be one.</summary>
    private static bool IsShown(string name) => name.Length > 0 && string.Equals(PrintableText.Of(name), name, StringComparison.Ordinal);

    private static string Quote(string name)
        => name.All(character => char.IsLetterOrDigit(character) || character is '-' or '_' or '.')
            ? name
            : $"'{CodeGeneration.EscapeSingleQuotedStringContent(name)}'";
}

/// <summary>Completes the ids of the readiness rules that a command knows: those of its family of operating systems. Each is explained by its title.</summary>
public sealed class RuleIdCompleter : NameCompleter
{
    private protected override IEnumerable<(string Name, string ToolTip)> ListNames(string commandName, IDictionary? boundParameters)
        => RuleCatalog.Of(FamilyOf(commandName)).OrderBy(rule => rule.Id, StringComparer.OrdinalIgnoreCase).Select(rule => (rule.Id, rule.Title));

    // A prefix of the import stands before the noun.
    private static GuestFamily FamilyOf(string commandName)
        => IsOf(commandName, "SysprepReadiness") ? GuestFamily.Windows : IsOf(commandName, "DeprovisionReadiness") ? GuestFamily.Linux : GuestFamily.Unknown;

    private static bool IsOf(string commandName, string noun) => commandName?.EndsWith(noun, StringComparison.OrdinalIgnoreCase) == true;
}

/// <summary>Completes the security types of managed disks that a disk image alone makes. Others have an error that says the way round.</summary>
public sealed class SecurityTypeCompleter : NameCompleter
{
    private protected override IEnumerable<(string Name, string ToolTip)> ListNames(string commandName, IDictionary? boundParameters)
        => [("Standard", "Standard"), ("TrustedLaunch", "TrustedLaunch")];
}
