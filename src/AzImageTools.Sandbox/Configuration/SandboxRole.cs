namespace AzImageTools.Sandbox.Configuration;

/// <summary>What a principal may do in a scope, as a role of Azure's says it.</summary>
/// <param name="Scope">A subscription's, a resource group's or a resource's id; <c>/</c> for everything. It holds for all below too.</param>
/// <param name="Actions">Such as <c>Microsoft.Compute/disks/read</c>; <c>*</c> stands for any text.</param>
public sealed record SandboxRole(string Scope, IReadOnlyList<string> Actions)
{
    /// <summary>What <see cref="Actions"/> does not include after all.</summary>
    public IReadOnlyList<string> NotActions { get; init; } = [];
}
