using System.Globalization;
using System.Text.Json.Nodes;
using AzImageTools.Disks;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using Azure.Core;

namespace AzImageTools.Services.Backup;

/// <summary>A network interface of a machine that is made of a backup.</summary>
/// <param name="Id">It.</param>
/// <param name="Model">What it was.</param>
/// <param name="IsMade">Whether it is made, or there.</param>
internal sealed record RestoredInterface(ResourceIdentifier Id, JsonObject Model, bool IsMade)
{
    private static readonly string[] PlacesOfOthers = ["loadBalancerBackendAddressPools", "loadBalancerInboundNatRules", "applicationGatewayBackendAddressPools", "publicIPAddress"];

    /// <summary>It in words.</summary>
    public string Description => $"network interface '{Id.Name}' in resource group '{Id.ResourceGroupName}'";

    /// <summary>Finds the interfaces of a machine that comes back under its name: those that are there and free, and new ones in the place of those that are not.</summary>
    /// <param name="session">The session.</param>
    /// <param name="backup">The backup.</param>
    /// <param name="current">The machine, which is going to be deleted; null where it is gone.</param>
    /// <param name="removed">What is removed before.</param>
    /// <param name="context">Log and cancellation.</param>
    /// <exception cref="ImageServiceException">Another machine has one of them (NetworkInterfaceInUse).</exception>
    public static async Task<IReadOnlyList<RestoredInterface>> FindAsync(ImageSession session, BackupContent backup, JsonObject? current, IReadOnlyCollection<ResourceIdentifier> removed, OperationContext context)
    {
        ResourceDocuments documents = new(session.Arm);
        HashSet<string> going = new(
            current.Items("properties", "networkProfile", "networkInterfaces").Where(card => string.Equals(card.Text("properties", "deleteOption"), "Delete", StringComparison.OrdinalIgnoreCase)).Select(card => card.Text("id")!),
            StringComparer.OrdinalIgnoreCase);
        List<RestoredInterface> found = [];
        foreach (JsonObject model in backup.Model.Interfaces)
        {
            ResourceIdentifier id = new(model.Text("id") ?? throw new FormatException("An interface has no id."));
            JsonObject? card = await documents.FindAsync(id, ApiVersions.Networks, context.Cancellation).ConfigureAwait(false);
            if (card?.Text("properties", "virtualMachine", "id") is { } holder && !string.Equals(holder, backup.Model.Id, StringComparison.OrdinalIgnoreCase))
            {
                throw new ImageServiceException(
                    "NetworkInterfaceInUse", ErrorKind.InvalidState, $"The network interface '{id.Name}' of the {BackupSource.Describe(backup.MachineId)} is attached to {holder} now.", "Detach it there, or restore beside with -VMName: then the machine gets an interface of its own.", id.ToString());
            }

            bool isMade = card is null || removed.Contains(id) || going.Contains(id.ToString());
            found.Add(new RestoredInterface(id, isMade ? await FreeAsync(documents, model, context).ConfigureAwait(false) : model, isMade));
        }

        return found;
    }

    /// <summary>New interfaces of a machine beside: in the same networks, or another, and without what there is only one of.</summary>
    /// <param name="session">The session.</param>
    /// <param name="backup">The backup.</param>
    /// <param name="machine">The new machine.</param>
    /// <param name="subnetId">The subnet; null for the same.</param>
    /// <param name="removed">What is removed before.</param>
    /// <param name="context">Clock and cancellation.</param>
    public static async Task<IReadOnlyList<RestoredInterface>> BesideAsync(ImageSession session, BackupContent backup, ResourceIdentifier machine, string? subnetId, IReadOnlyCollection<ResourceIdentifier> removed, OperationContext context)
    {
        ResourceDocuments documents = new(session.Arm);
        List<RestoredInterface> made = [];
        foreach (JsonObject model in backup.Model.Interfaces)
        {
            JsonObject copy = (JsonObject)model.DeepClone();
            foreach (JsonObject configuration in copy.Items("properties", "ipConfigurations"))
            {
                configuration["properties"] = Alone(configuration["properties"], subnetId);
            }

            ResourceIdentifier id = IdOf(machine, FormattableString.Invariant($"{machine.Name}-nic{(made.Count == 0 ? string.Empty : "-" + made.Count)}"));
            if (!removed.Contains(id) && await documents.FindAsync(id, ApiVersions.Networks, context.Cancellation).ConfigureAwait(false) is not null)
            {
                id = IdOf(machine, id.Name + context.Time.GetUtcNow().ToString("'-'yyyyMMddHHmmss", CultureInfo.InvariantCulture));
            }

            made.Add(new RestoredInterface(id, copy, IsMade: true));
        }

        return made;
    }

    /// <summary>The subnets that it is in.</summary>
    public IEnumerable<ResourceIdentifier> Subnets => Model.Items("properties", "ipConfigurations").Select(configuration => configuration.Text("properties", "subnet", "id")).OfType<string>().Select(id => new ResourceIdentifier(id));

    /// <summary>Its entry in a machine's network profile.</summary>
    public JsonObject Entry(string? deleteOption = null)
    {
        JsonObject properties = Model["entry"].Pick("primary", "deleteOption");
        if (deleteOption is not null)
        {
            properties["deleteOption"] = deleteOption;
        }

        JsonObject entry = new() { ["id"] = Id.ToString() };
        if (properties.Count > 0)
        {
            entry["properties"] = properties;
        }

        return entry;
    }

    /// <summary>The step that makes it.</summary>
    public Step CreateStep(ImageSession session, BackupContent backup, IReadOnlyDictionary<string, string>? userTags)
    {
        Dictionary<string, string> tags = Model["tags"].Texts().With(userTags);

        return new Step(run => AzureErrors.CallAsync($"Creating the {Description}", Id.ToString(), () =>
        {
            JsonObject body = Model.Pick("extendedLocation", "properties");
            body["location"] = backup.Location.Name;
            Dictionary<string, string> all = new(StringComparer.OrdinalIgnoreCase);
            RunTag.Apply(all, tags, run.RunId);
            body["tags"] = Documents.OfTexts(all);
            return new ResourceDocuments(session.Arm).PutAsync(Id, ApiVersions.Networks, body, run.Context);
        }))
        {
            Title = "Make a network interface",
            Effect = StepEffect.Creates,
            Target = Description,
            OnFailure = FailureAction.Undo,
            Note = $"In the subnet{(Subnets.Skip(1).Any() ? "s" : string.Empty)} {string.Join(", ", Subnets.Select(subnet => $"'{subnet.Name}' of '{subnet.Parent?.Name}'"))}.",
            Changes = [ResourceChange.Create(Id, backup.Location, tags) with { Linked = [.. Joined()] }],
            Undo = run => OwnResource.DeleteAsync(run, Description, session, Id, ApiVersions.Networks),
        };
    }

    private static ResourceIdentifier IdOf(ResourceIdentifier machine, string name)
        => new($"/subscriptions/{machine.SubscriptionId}/resourceGroups/{machine.ResourceGroupName}/providers/Microsoft.Network/networkInterfaces/{name}");

    private static JsonObject Alone(JsonNode? properties, string? subnetId)
    {
        JsonObject alone = properties.Without([.. PlacesOfOthers, "privateIPAddress"]);
        alone["privateIPAllocationMethod"] = "Dynamic";
        if (subnetId is not null)
        {
            // Security groups of applications are of one network.
            alone["subnet"] = new JsonObject { ["id"] = subnetId };
            alone.Remove("applicationSecurityGroups");
        }

        return alone;
    }

    private IEnumerable<(ResourceIdentifier Id, string Action)> Joined()
    {
        IEnumerable<string?> others = Model.Items("properties", "ipConfigurations").Select(configuration => configuration.Text("properties", "publicIPAddress", "id")).Append(Model.Text("properties", "networkSecurityGroup", "id"));
        return Subnets.Concat(others.OfType<string>().Select(id => new ResourceIdentifier(id))).Select(id => (id, $"{id.ResourceType}/join/action"));
    }

    /// <summary>The model without public addresses that are gone, or another's by now.</summary>
    private static async Task<JsonObject> FreeAsync(ResourceDocuments documents, JsonObject model, OperationContext context)
    {
        JsonObject copy = (JsonObject)model.DeepClone();
        foreach (JsonObject properties in copy.Items("properties", "ipConfigurations").Select(configuration => configuration["properties"]).OfType<JsonObject>())
        {
            if (properties.Text("publicIPAddress", "id") is not { } text)
            {
                continue;
            }

            JsonObject? address = await documents.FindAsync(new ResourceIdentifier(text), ApiVersions.Networks, context.Cancellation).ConfigureAwait(false);
            if (address is null || (address.Text("properties", "ipConfiguration", "id") is { } holder && !holder.StartsWith(model.Text("id") + "/", StringComparison.OrdinalIgnoreCase)))
            {
                context.Log.Warning($"The machine comes back without the public address {text}, which {(address is null ? "is gone" : "something else has now")}.");
                properties.Remove("publicIPAddress");
            }
        }

        return copy;
    }
}
