using System.Management.Automation;
using Pester.Engine.Model;

namespace Pester.Engine.Assertions;

/// <summary>What -Throw expects of an error: message and id by wildcards, the exception by its type.</summary>
internal sealed class ThrowAssertion(string message, string errorId, Type? exceptionType)
{
    public string Description => string.Join(' ', new[]
    {
        "an exception",
        exceptionType is null ? string.Empty : $"of type {exceptionType}",
        message.Length == 0 ? string.Empty : $"with a message like '{message}'",
        errorId.Length == 0 ? string.Empty : $"with the id '{errorId}'",
    }.Where(part => part.Length > 0));

    /// <summary>The script block that was piped in.</summary>
    /// <exception cref="PesterSyntaxException">It was something else: the call ran before Should could watch it.</exception>
    public static ScriptBlock Script(object? actual)
        => (actual is PSObject wrapped ? wrapped.BaseObject : actual) as ScriptBlock
            ?? throw new PesterSyntaxException("-Throw needs a script block: { ... } | Should -Throw");

    public bool Matches(ErrorRecord error)
        => exceptionType?.IsInstanceOfType(error.Exception) is not false
            && IsLike(error.Exception.Message, message)
            && IsLike(error.FullyQualifiedErrorId, errorId);

    private static bool IsLike(string actual, string pattern)
        => pattern.Length == 0 || WildcardPattern.Get(pattern, WildcardOptions.IgnoreCase).IsMatch(actual);
}
