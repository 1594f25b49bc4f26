namespace AzImageTools.Sandbox.Arm.Access;

/// <summary>Compares the ids of subscriptions, groups and resources as places that lie in each other.</summary>
internal static class Scope
{
    /// <summary>Whether the inner place is the outer one or lies in it; <c>/</c> holds everything.</summary>
    public static bool Holds(string outer, string inner)
    {
        var whole = outer.TrimEnd('/');
        return inner.StartsWith(whole, StringComparison.OrdinalIgnoreCase) && (inner.Length == whole.Length || inner[whole.Length] == '/');
    }
}
