using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using AzImageTools.Disks;
using AzImageTools.Disks.Inspection;
using AzImageTools.Readiness;

namespace AzImageTools.Completion;

/// <summary>Completes names, whatever their case and whether a quote was typed. It never fails: what can't be listed is not offered.</summary>
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

        // A name that holds what a terminal obeys is not offered: it would be written there as it is.
        return ListNames(new CompletionRequest(commandName, typed, fakeBoundParameters))
            .Where(found => found.Name.StartsWith(typed, StringComparison.OrdinalIgnoreCase) && found.Name.Length > 0 && PrintableText.Of(found.Name) == found.Name)
            .Select(found => new CompletionResult(Quote(found.Name), found.Name, CompletionResultType.ParameterValue, PrintableText.Of(found.ToolTip)));
    }

    /// <summary>All names, in order, each with what explains it.</summary>
    /// <param name="request">What was typed.</param>
    private protected abstract IEnumerable<CompletedName> ListNames(CompletionRequest request);

    private static string Quote(string name)
        => name.All(character => char.IsLetterOrDigit(character) || character is '-' or '_' or '.' or '/' or '\\' or ':')
            ? name
            : $"'{CodeGeneration.EscapeSingleQuotedStringContent(name)}'";
}

/// <summary>What is to be completed.</summary>
/// <param name="CommandName">The command's name.</param>
/// <param name="Word">What was typed, without quotes.</param>
/// <param name="BoundParameters">The parameters given before.</param>
internal sealed record CompletionRequest(string? CommandName, string Word, IDictionary? BoundParameters)
{
    /// <summary>The text that a parameter was given; null where it was given none.</summary>
    public string? Read(string parameterName) => BoundParameters?[parameterName] switch
    {
        string text => text,
        IEnumerable several => several.Cast<object?>().FirstOrDefault()?.ToString(),
        { } other => other.ToString(),
        null => null,
    };
}

/// <summary>A name that is offered.</summary>
/// <param name="Name">The name.</param>
/// <param name="ToolTip">What explains it; not empty.</param>
internal sealed record CompletedName(string Name, string ToolTip);

/// <summary>Completes the ids of the readiness rules that a command knows: those of its family of operating systems. Each is explained by its title.</summary>
public sealed class RuleIdCompleter : NameCompleter
{
    private protected override IEnumerable<CompletedName> ListNames(CompletionRequest request)
        => RuleCatalog.Of(FamilyOf(request.CommandName)).OrderBy(rule => rule.Id, StringComparer.OrdinalIgnoreCase).Select(rule => new CompletedName(rule.Id, rule.Title));

    // A prefix of the import stands before the noun.
    private static GuestFamily FamilyOf(string? commandName)
        => IsOf(commandName, "SysprepReadiness") ? GuestFamily.Windows : IsOf(commandName, "DeprovisionReadiness") ? GuestFamily.Linux : GuestFamily.Unknown;

    private static bool IsOf(string? commandName, string noun) => commandName?.EndsWith(noun, StringComparison.OrdinalIgnoreCase) == true;
}

/// <summary>Completes the security types of managed disks that a disk image alone makes. Others have an error that says the way round.</summary>
public sealed class SecurityTypeCompleter : NameCompleter
{
    private protected override IEnumerable<CompletedName> ListNames(CompletionRequest request)
        => [new("Standard", "Standard"), new("TrustedLaunch", "TrustedLaunch")];
}

/// <summary>Completes the availability zones of a region that has some.</summary>
public sealed class ZoneCompleter : NameCompleter
{
    private protected override IEnumerable<CompletedName> ListNames(CompletionRequest request) => [new("1", "Zone 1"), new("2", "Zone 2"), new("3", "Zone 3")];
}
