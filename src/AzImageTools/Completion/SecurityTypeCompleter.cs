using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace AzImageTools.Completion;

/// <summary>Completes the security types of managed disks that a disk image alone makes. Others have an error that tells the way round.</summary>
public sealed class SecurityTypeCompleter : IArgumentCompleter
{
    private static readonly string[] Types = ["Standard", "TrustedLaunch"];

    /// <summary>The types that begin with what was typed.</summary>
    /// <param name="commandName">The command's name.</param>
    /// <param name="parameterName">The parameter's name.</param>
    /// <param name="wordToComplete">What was typed.</param>
    /// <param name="commandAst">The command.</param>
    /// <param name="fakeBoundParameters">The parameters given before.</param>
    public IEnumerable<CompletionResult> CompleteArgument(string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
        => Types
            .Where(type => type.StartsWith((wordToComplete ?? string.Empty).Trim('\'', '"'), StringComparison.OrdinalIgnoreCase))
            .Select(type => new CompletionResult(type, type, CompletionResultType.ParameterValue, type));
}
