namespace AzImageTools.Sandbox.Configuration;

/// <summary>A policy that denies: resources that are made or changed must be as it says.</summary>
/// <param name="Name">The name of the assignment and of its definition.</param>
public sealed record SandboxPolicy(string Name)
{
    /// <summary>Where it holds: a subscription's, a resource group's or a resource's id; <c>/</c> for everything.</summary>
    public string Scope { get; init; } = "/";

    /// <summary>A tag that resources must have; null for none.</summary>
    public string? RequiredTag { get; init; }

    /// <summary>The regions that resources may be in; empty for any.</summary>
    public IReadOnlyList<string> AllowedLocations { get; init; } = [];

    /// <summary>Types of which there may be no resources, such as <c>Microsoft.Compute/snapshots</c>.</summary>
    public IReadOnlyList<string> DisallowedTypes { get; init; } = [];
}
