using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Storage.Keeping;

namespace AzImageTools.Sandbox.Arm.Protocol;

/// <summary>
/// What is kept of a resource beside its document and its pages, when the cloud is kept in a folder. Whoever gives resources another state of its own
/// adds a line to <see cref="All"/>: any class whose public properties say everything.
/// </summary>
internal sealed class ResourceExtra
{
    public static readonly IReadOnlyList<ResourceExtra> All =
    [
        Of("accessEnds", resource => resource.AccessEnds, (resource, end) => resource.AccessEnds = end),
        Of("created", resource => resource.Created, (resource, created) => resource.Created = created),
        Of("machine", resource => resource.Machine, (resource, machine) => resource.Machine = machine),
        Of("outputAddresses", resource => resource.OutputAddresses, (resource, addresses) => resource.OutputAddresses = addresses),
        Of("plan", resource => resource.Plan, (resource, plan) => resource.Plan = plan),
    ];

    private ResourceExtra(string name, Func<ArmResource, JsonNode?> save, Action<ArmResource, JsonNode> load)
    {
        Name = name;
        Save = save;
        Load = load;
    }

    /// <summary>What it is called in the file; never to be changed.</summary>
    public string Name { get; }

    public Func<ArmResource, JsonNode?> Save { get; }

    public Action<ArmResource, JsonNode> Load { get; }

    private static ResourceExtra Of<T>(string name, Func<ArmResource, T?> get, Action<ArmResource, T> set)
        where T : class
        => new(name, resource => get(resource) is { } value ? KeptJson.Save(value) : null, (resource, saved) => set(resource, KeptJson.Load<T>(saved)));
}
