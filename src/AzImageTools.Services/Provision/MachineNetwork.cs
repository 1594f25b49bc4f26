using System.Text.Json.Nodes;
using AzImageTools.Services.Networks;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using Azure.Core;

namespace AzImageTools.Services.Provision;

/// <summary>
/// The network interface of a new machine, without a public address: in a subnet that is there, or in a network of its own that lets nothing in, and
/// by default nothing out.
/// </summary>
internal sealed class MachineNetwork
{
    private const string AddressSpace = "10.250.0.0/24";
    private const string SubnetPrefix = "10.250.0.0/26";
    private const string SubnetName = "default";

    /// <summary>After it come those of Azure alone, so that rules can still be put before it.</summary>
    private const int LastPriority = 4096;

    private readonly ImageSession _session;
    private readonly AzureLocation _location;
    private readonly ResourceIdentifier? _subnet;

    /// <summary>Names what belongs to a machine.</summary>
    /// <param name="session">The session.</param>
    /// <param name="group">The machine's resource group.</param>
    /// <param name="location">Its region.</param>
    /// <param name="name">Its name.</param>
    /// <param name="subnet">The subnet to join; null for one of its own.</param>
    public MachineNetwork(ImageSession session, ResourceIdentifier group, AzureLocation location, string name, ResourceIdentifier? subnet)
    {
        _session = session;
        _location = location;
        _subnet = subnet;
        InterfaceId = IdOf(group, ApiVersions.Interfaces, $"{name}-nic");
        NetworkId = IdOf(group, ApiVersions.VirtualNetworks, $"{name}-vnet");
        SecurityGroupId = IdOf(group, ApiVersions.SecurityGroups, $"{name}-nsg");
    }

    /// <summary>The machine's interface.</summary>
    public ResourceIdentifier InterfaceId { get; }

    /// <summary>The tags of what is made, asked for before each is.</summary>
    public required Func<ResourceIdentifier, StepRun, Task<IReadOnlyDictionary<string, string>>> TagsOf { get; init; }

    /// <summary>The user's tags, for policies that want them.</summary>
    public IReadOnlyDictionary<string, string>? UserTags { get; init; }

    /// <summary>Whether machines in the network of its own reach the internet.</summary>
    public bool AllowsOutbound { get; init; }

    /// <summary>Whether each thing is deleted again when the plan fails; false where all of the group is.</summary>
    public bool Undoes { get; init; } = true;

    /// <summary>Whether a network of its own is made.</summary>
    public bool IsOwn => _subnet is null;

    /// <summary>What is made, with its words.</summary>
    public IEnumerable<(ResourceIdentifier Id, string Description)> Made => IsOwn
        ? [(SecurityGroupId, Describe("network security group", SecurityGroupId)), (NetworkId, Describe("virtual network", NetworkId)), (InterfaceId, Describe("network interface", InterfaceId))]
        : [(InterfaceId, Describe("network interface", InterfaceId))];

    private ResourceIdentifier NetworkId { get; }

    private ResourceIdentifier SecurityGroupId { get; }

    private ResourceIdentifier SubnetId => _subnet ?? new ResourceIdentifier($"{NetworkId}/subnets/{SubnetName}");

    /// <summary>The steps, in order.</summary>
    public IReadOnlyList<Step> Steps() => IsOwn
        ?
        [
            NewStep("Create a security group that lets nothing in", SecurityGroupId, "network security group", NetworkDocuments.SecurityGroup(NetworkDocuments.Deny("Inbound", LastPriority)), []),
            NewStep(
                AllowsOutbound ? "Create a private network" : "Create a private network without a way out",
                NetworkId,
                "virtual network",
                NetworkDocuments.Network(AddressSpace, SubnetName, SubnetPrefix, SecurityGroupId, AllowsOutbound),
                [(SecurityGroupId, "Microsoft.Network/networkSecurityGroups/join/action")]),
            InterfaceStep(),
        ]
        : [InterfaceStep()];

    private static ResourceIdentifier IdOf(ResourceIdentifier group, ResourceType type, string name)
        => new($"/subscriptions/{group.SubscriptionId}/resourceGroups/{group.ResourceGroupName ?? group.Name}/providers/{type}/{name}");

    private static string Describe(string type, ResourceIdentifier id) => $"{type} '{id.Name}' in resource group '{id.ResourceGroupName}'";

    private Step InterfaceStep() => NewStep("Create a network interface without a public address", InterfaceId, "network interface", NetworkDocuments.Interface(SubnetId), [(SubnetId, "Microsoft.Network/virtualNetworks/subnets/join/action")]);

    private Step NewStep(string title, ResourceIdentifier id, string type, JsonObject properties, IReadOnlyList<(ResourceIdentifier Id, string Action)> linked)
    {
        string target = Describe(type, id);
        return new Step(async run => await ArmResources.PutAsync(
            _session, target, id, _location, (JsonObject)properties.DeepClone(), await TagsOf(id, run).ConfigureAwait(false), run.Context).ConfigureAwait(false))
        {
            Title = title,
            Effect = StepEffect.Creates,
            Target = target,
            OnFailure = Undoes ? FailureAction.Undo : FailureAction.Keep,
            Undo = Undoes ? run => ArmResources.DeleteOwnAsync(_session, target, id, run) : null,
            Changes = [ResourceChange.Create(id, _location, UserTags) with { Linked = linked }],
        };
    }
}
