namespace AzImageTools.Readiness.Guests.Gathered;

/// <summary>The patterns of names that collectors list: <c>*</c> stands for anything, <c>?</c> for one character; without regard to case.</summary>
internal static class NamePattern
{
    /// <summary>Whether a name is like a pattern.</summary>
    public static bool Matches(string pattern, string name) => RuleSelection.IsMatch(pattern, name);
}
