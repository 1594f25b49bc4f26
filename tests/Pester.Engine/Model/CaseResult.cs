namespace Pester.Engine.Model;

/// <summary>How a test ended, and for one that did not pass why.</summary>
internal sealed record CaseResult(CaseOutcome Outcome, string Message);
