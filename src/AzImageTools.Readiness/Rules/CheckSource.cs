namespace AzImageTools.Readiness.Rules;

/// <summary>Gives a check a page of its own.</summary>
internal static class CheckSource
{
    /// <summary>The same check, with the page that says so where the rule's does not.</summary>
    public static RuleCheck From(this RuleCheck check, string source)
        => check with { Look = context => check.Look(context) with { Source = new Uri(source) } };
}
