using System.Text.RegularExpressions;

namespace AzImageTools.Sandbox.Configuration;

/// <summary>What a principal may do in a scope, as a role of Azure's says it.</summary>
/// <param name="Scope">A subscription's, a resource group's or a resource's id; <c>/</c> for everything. It holds for all below too.</param>
/// <param name="Actions">Such as <c>Microsoft.Compute/disks/read</c>; <c>*</c> stands for any text.</param>
public sealed record SandboxRole(string Scope, IReadOnlyList<string> Actions)
{
    /// <summary>What <see cref="Actions"/> does not include after all.</summary>
    public IReadOnlyList<string> NotActions { get; init; } = [];

    /// <summary>What may be done to data by a sign-in, such as <c>Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read</c>; <c>*</c> stands for any text.</summary>
    public IReadOnlyList<string> DataActions { get; init; } = [];

    /// <summary>Whether it holds in a place.</summary>
    internal bool HoldsIn(string scope) => Holds(Scope, scope);

    /// <summary>Whether the inner place is the outer one or lies in it; <c>/</c> holds everything.</summary>
    internal static bool Holds(string outer, string inner)
    {
        var whole = outer.TrimEnd('/');
        return inner.StartsWith(whole, StringComparison.OrdinalIgnoreCase) && (inner.Length == whole.Length || inner[whole.Length] == '/');
    }

    /// <summary>Whether a pattern of a role means an action.</summary>
    internal static bool Matches(string pattern, string action)
        => Regex.IsMatch(
            action,
            "^" + Regex.Escape(pattern).Replace("\\*", ".*") + "$",
            RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
            TimeSpan.FromSeconds(1));
}
