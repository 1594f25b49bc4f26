namespace Pester.Engine.Model;

/// <summary>How a test ended.</summary>
internal enum CaseOutcome
{
    Passed,
    Failed,
    Skipped,
}
