using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using AzImageTools.Services;
using AzImageTools.Services.Session;
using AzImageTools.Session;

namespace AzImageTools.Completion;

/// <summary>
/// Completes names of resources from the subscription that this session is connected to. It offers nothing where nobody is
/// connected, or where Azure does not answer at once: completing never signs in, and never keeps the user waiting.
/// </summary>
public abstract class ResourceNameCompleter : IArgumentCompleter
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(3);
    private readonly ResourceKind _kind;

    private protected ResourceNameCompleter(ResourceKind kind)
    {
        _kind = kind;
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
        return ListNames(fakeBoundParameters?["ResourceGroupName"] as string)
            .Where(name => name.StartsWith(typed, StringComparison.OrdinalIgnoreCase))
            .Select(name => new CompletionResult(Quote(name), name, CompletionResultType.ParameterValue, name));
    }

    private static string Quote(string name)
        => name.All(character => char.IsLetterOrDigit(character) || character is '-' or '_' or '.')
            ? name
            : $"'{CodeGeneration.EscapeSingleQuotedStringContent(name)}'";

    private IReadOnlyList<string> ListNames(string? resourceGroupName)
    {
        using SessionLease? lease = SessionStore.Current.TryLeaseKnown();
        if (lease is null)
        {
            return [];
        }

        using CancellationTokenSource timeout = new(Timeout);
        OperationContext context = new() { Cancellation = timeout.Token };
        try
        {
            return Task.Run(() => new ResourceNameService(lease.Session).ListAsync(_kind, resourceGroupName, context), timeout.Token).GetAwaiter().GetResult();
        }
        catch (Exception exception) when (exception is ImageServiceException or OperationCanceledException)
        {
            // The user can still type the name.
            return [];
        }
    }
}
