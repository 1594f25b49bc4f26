using Azure.Core;
using Azure.ResourceManager.Resources;

namespace AzImageTools.Services.Plans;

/// <summary>What a step is going to do to a resource in Azure, in the words of roles, locks and policies.</summary>
/// <param name="Id">The resource, which may be about to be made.</param>
/// <param name="Action">As roles name it: <c>Microsoft.Compute/images/write</c>.</param>
internal sealed record ResourceChange(ResourceIdentifier Id, string Action)
{
    /// <summary>The region of a resource that is made; null where it is there.</summary>
    public AzureLocation? Location { get; init; }

    /// <summary>The tags of a resource that is made.</summary>
    public IReadOnlyDictionary<string, string>? Tags { get; init; }

    /// <summary>What the caller has to be allowed to do with other resources on the way.</summary>
    public IReadOnlyList<(ResourceIdentifier Id, string Action)> Linked { get; init; } = [];

    /// <summary>Whether roles name the action among those on data.</summary>
    public bool IsOfData { get; init; }

    /// <summary>Whether the resource is deleted.</summary>
    public bool Deletes => Action.EndsWith("/delete", StringComparison.OrdinalIgnoreCase);

    /// <summary>A resource that is made.</summary>
    /// <param name="id">It.</param>
    /// <param name="location">Its region.</param>
    /// <param name="tags">The user's tags.</param>
    public static ResourceChange Create(ResourceIdentifier id, AzureLocation location, IReadOnlyDictionary<string, string>? tags)
        => new(id, $"{TypeOf(id)}/write") { Location = location, Tags = tags };

    /// <summary>A resource that is deleted.</summary>
    /// <param name="id">It.</param>
    public static ResourceChange Delete(ResourceIdentifier id) => new(id, $"{TypeOf(id)}/delete");

    /// <summary>An action, such as <c>generalize</c>, of a resource that is there.</summary>
    /// <param name="id">It.</param>
    /// <param name="name">The action.</param>
    public static ResourceChange Act(ResourceIdentifier id, string name) => new(id, $"{id.ResourceType}/{name}/action");

    /// <summary>
    /// The bytes of a disk or snapshot that wants a sign-in beside the signature (<c>dataAccessAuthMode</c>; Microsoft Learn, "Secure downloads and uploads of Azure managed disks").
    /// </summary>
    /// <param name="id">It.</param>
    /// <param name="name"><c>download</c> or <c>upload</c>.</param>
    public static ResourceChange OfData(ResourceIdentifier id, string name) => Act(id, name) with { IsOfData = true };

    /// <summary>A type as roles name it: of resource groups otherwise than their ids do.</summary>
    private static string TypeOf(ResourceIdentifier id)
        => id.ResourceType == ResourceGroupResource.ResourceType ? "Microsoft.Resources/subscriptions/resourceGroups" : id.ResourceType.ToString();
}
