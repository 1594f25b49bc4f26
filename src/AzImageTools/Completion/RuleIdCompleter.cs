using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using AzImageTools.Readiness;

namespace AzImageTools.Completion;

/// <summary>Completes the ids of the catalogue's readiness rules; each is explained by its title.</summary>
public sealed class RuleIdCompleter : IArgumentCompleter
{
    /// <summary>The ids that begin with what was typed.</summary>
    /// <param name="commandName">The command's name.</param>
    /// <param name="parameterName">The parameter's name.</param>
    /// <param name="wordToComplete">What was typed.</param>
    /// <param name="commandAst">The command.</param>
    /// <param name="fakeBoundParameters">The parameters given before.</param>
    public IEnumerable<CompletionResult> CompleteArgument(string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        string typed = (wordToComplete ?? string.Empty).Trim('\'', '"');
        return RuleCatalog.All
            .Where(rule => rule.Id.StartsWith(typed, StringComparison.OrdinalIgnoreCase))
            .OrderBy(rule => rule.Id, StringComparer.OrdinalIgnoreCase)
            .Select(rule => new CompletionResult(rule.Id, rule.Id, CompletionResultType.ParameterValue, rule.Title));
    }
}
