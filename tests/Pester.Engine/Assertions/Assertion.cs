using System.Management.Automation;

namespace Pester.Engine.Assertions;

/// <summary>An operator of Should.</summary>
/// <param name="TakesCollection">True when it looks at all that was piped in; else it looks at each by itself.</param>
/// <param name="Holds">Compares the actual value with the expected one.</param>
/// <param name="Describe">What it expects, in words.</param>
internal sealed record Assertion(bool TakesCollection, Func<object?, object?, PSCmdlet, bool> Holds, Func<object?, string> Describe);
