using System.Text.Json.Nodes;
using AzImageTools.Disks;
using AzImageTools.Services.Session;
using Azure.Core;

namespace AzImageTools.Services.Backup;

/// <summary>The machine that is backed up, with all that belongs to it.</summary>
internal sealed record BackupSource
{
    /// <summary>What the machine's document has beside what it can be made with.</summary>
    private static readonly string[] NotMade = ["vmId", "provisioningState", "timeCreated", "instanceView", "osProfile", "storageProfile", "networkProfile"];

    private static readonly string[] OfDisk =
    [
        "osType", "hyperVGeneration", "encryption", "networkAccessPolicy", "diskAccessId", "publicNetworkAccess", "tier", "burstingEnabled", "maxShares", "securityProfile", "dataAccessAuthMode",
        "optimizedForFrequentAttach", "supportsHibernation", "supportedCapabilities", "purchasePlan", "diskSizeGB",
    ];

    /// <summary>What is chosen of disks whose speed does not go with their size.</summary>
    private static readonly string[] OfInstantDisk = ["diskIOPSReadWrite", "diskMBpsReadWrite", "diskIOPSReadOnly", "diskMBpsReadOnly"];

    private static readonly string[] OfInterface =
        ["enableAcceleratedNetworking", "enableIPForwarding", "disableTcpStateTracking", "auxiliaryMode", "auxiliarySku", "workloadType"];

    private static readonly string[] OfConfiguration =
    [
        "primary", "privateIPAddressVersion", "privateIPAllocationMethod", "applicationSecurityGroups", "loadBalancerBackendAddressPools", "loadBalancerInboundNatRules",
        "applicationGatewayBackendAddressPools",
    ];

    public required ResourceIdentifier Id { get; init; }

    public required AzureLocation Location { get; init; }

    public required MachineModel Model { get; init; }

    /// <summary>The ids of its disks, in the order of the model's.</summary>
    public required IReadOnlyList<ResourceIdentifier> DiskIds { get; init; }

    /// <summary>The machine in words.</summary>
    public string Description => Describe(Id);

    /// <summary>Whether it is a confidential machine.</summary>
    public bool IsConfidential => string.Equals(Model.Machine.Text("properties", "securityProfile", "securityType"), "ConfidentialVM", StringComparison.OrdinalIgnoreCase);

    /// <summary>A machine in words.</summary>
    public static string Describe(ResourceIdentifier id) => $"virtual machine '{id.Name}' in resource group '{id.ResourceGroupName}'";

    /// <summary>Whether snapshots of a disk get their data only later (Ultra Disk and Premium SSD v2).</summary>
    public static bool IsInstant(JsonNode disk) => disk.Text("sku", "name") is { } sku
        && (string.Equals(sku, "UltraSSD_LRS", StringComparison.OrdinalIgnoreCase) || string.Equals(sku, "PremiumV2_LRS", StringComparison.OrdinalIgnoreCase));

    /// <summary>The id that a request names.</summary>
    public static ResourceIdentifier IdOf(VMBackupRequest request, ImageSession session) =>
        ResourceNames.VirtualMachineId(session, request.VMId, request.ResourceGroupName, request.VMName);

    /// <summary>Reads a machine.</summary>
    /// <param name="session">The session.</param>
    /// <param name="id">The machine.</param>
    /// <param name="context">Log, clock and cancellation.</param>
    /// <exception cref="ImageServiceException">It can't be backed up (OsDiskEphemeral, DiskUnmanaged).</exception>
    public static Task<BackupSource> ReadAsync(ImageSession session, ResourceIdentifier id, OperationContext context)
        => AzureErrors.CallAsync($"Reading the {Describe(id)}", id.ToString(), async () =>
        {
            ResourceDocuments documents = new(session.Arm);
            JsonObject machine = await documents.GetAsync(id, ApiVersions.WholeMachines, context.Cancellation, "&$expand=instanceView").ConfigureAwait(false);
            JsonNode? storage = machine.At("properties", "storageProfile");
            JsonObject osDisk = storage.At("osDisk") as JsonObject ?? [];
            if (osDisk["diffDiskSettings"] is not null)
            {
                throw new ImageServiceException(
                    "OsDiskEphemeral", ErrorKind.NotSupported, $"The OS disk of the {Describe(id)} is ephemeral: it lies on the host, and nothing can be made of it.", "Keep what the machine is made from: its image.", id.ToString());
            }

            List<(JsonObject Entry, ResourceIdentifier Id)> entries = [(osDisk, ManagedDisk(osDisk, "OS disk", id))];
            entries.AddRange(storage.Items("dataDisks").Where(disk => disk["toBeDetached"]?.GetValue<bool>() != true).Select(disk => (disk, ManagedDisk(disk, $"data disk '{disk.Text("name")}'", id))));
            JsonObject[] disks = await Task.WhenAll(entries.Select(entry => documents.GetAsync(entry.Id, ApiVersions.WholeDisks, context.Cancellation))).ConfigureAwait(false);
            ResourceIdentifier[] interfaceIds = [.. machine.Items("properties", "networkProfile", "networkInterfaces").Select(card => card.Text("id")).OfType<string>().Select(card => new ResourceIdentifier(card))];
            JsonObject[] interfaces = await Task.WhenAll(interfaceIds.Select(card => documents.GetAsync(card, ApiVersions.Networks, context.Cancellation))).ConfigureAwait(false);
            return new BackupSource
            {
                Id = id,
                Location = new AzureLocation(machine.Text("location") ?? string.Empty),
                DiskIds = [.. entries.Select(entry => entry.Id)],
                Model = new MachineModel
                {
                    Id = id.ToString(),
                    At = context.Time.GetUtcNow(),
                    IsStopped = machine.Items("properties", "instanceView", "statuses").Any(status => status.Text("code") is "PowerState/deallocated" or "PowerState/stopped"),
                    Machine = OfMachine(machine),
                    Disks = [.. entries.Zip(disks, (entry, disk) => new DiskModel { Lun = entry.Entry.Number("lun"), Document = Disk(entry.Entry, disk) })],
                    Interfaces = [.. machine.Items("properties", "networkProfile", "networkInterfaces").Zip(interfaces, Interface)],
                    Extensions = machine.Items("resources").Any() ? [.. machine.Items("resources").Select(Extension)] : null,
                },
            };
        });

    private static ResourceIdentifier ManagedDisk(JsonObject entry, string what, ResourceIdentifier machine) => entry.Text("managedDisk", "id") is { } id
        ? new ResourceIdentifier(id)
        : throw new ImageServiceException(
            "DiskUnmanaged", ErrorKind.NotSupported, $"The {what} of the {Describe(machine)} is not managed: no snapshot of it can be made so.", "Convert the machine's disks with ConvertTo-AzVMManagedDisk.", machine.ToString());

    private static JsonObject OfMachine(JsonObject machine)
    {
        JsonObject model = machine.Pick("location", "zones", "plan", "tags", "extendedLocation");
        if (machine.Text("identity", "type") is { } type && type != "None")
        {
            JsonObject identity = new() { ["type"] = type };
            if (machine.At("identity", "userAssignedIdentities") is JsonObject { Count: > 0 } assigned)
            {
                identity["userAssignedIdentities"] = new JsonObject(assigned.Select(one => new KeyValuePair<string, JsonNode?>(one.Key, new JsonObject())));
            }

            model["identity"] = identity;
        }

        JsonObject properties = machine["properties"].Without(NotMade);
        if (machine.Text("properties", "storageProfile", "diskControllerType") is { } controller)
        {
            properties["storageProfile"] = new JsonObject { ["diskControllerType"] = controller };
        }

        model["properties"] = properties;
        return model;
    }

    /// <summary>A disk's document, and of its entry in the machine's what the disk itself does not tell.</summary>
    private static JsonObject Disk(JsonObject entry, JsonObject disk)
    {
        JsonObject model = disk.Pick("name", "zones", "tags", "extendedLocation");
        model["sku"] = disk["sku"].Pick("name");
        model["entry"] = entry.Pick("osType", "caching", "writeAcceleratorEnabled", "deleteOption");
        JsonObject properties = disk["properties"].Pick(OfDisk);
        foreach (KeyValuePair<string, JsonNode?> speed in IsInstant(disk) ? disk["properties"].Pick(OfInstantDisk) : [])
        {
            properties[speed.Key] = speed.Value?.DeepClone();
        }

        if (disk.Number("properties", "creationData", "logicalSectorSize") is { } sector)
        {
            properties["creationData"] = new JsonObject { ["logicalSectorSize"] = sector };
        }

        model["properties"] = properties;
        return model;
    }

    private static JsonObject Interface(JsonObject entry, JsonObject card)
    {
        JsonObject model = card.Pick("id", "location", "tags", "extendedLocation");
        model["entry"] = (entry["properties"] as JsonObject).Pick("primary", "deleteOption");
        JsonObject properties = card["properties"].Pick(OfInterface);
        if (card.Text("properties", "networkSecurityGroup", "id") is { } group)
        {
            properties["networkSecurityGroup"] = new JsonObject { ["id"] = group };
        }

        if (card.At("properties", "dnsSettings", "dnsServers") is JsonArray { Count: > 0 } servers)
        {
            properties["dnsSettings"] = new JsonObject { ["dnsServers"] = servers.DeepClone() };
        }

        properties["ipConfigurations"] = new JsonArray([.. card.Items("properties", "ipConfigurations").Select(Configuration)]);
        model["properties"] = properties;
        return model;
    }

    private static JsonNode Configuration(JsonObject configuration)
    {
        JsonObject properties = configuration["properties"].Pick(OfConfiguration);
        foreach (KeyValuePair<string, JsonNode?> list in properties.Where(property => property.Value is JsonArray).ToList())
        {
            properties[list.Key] = new JsonArray([.. properties.Items(list.Key).Select(one => one.Pick("id"))]);
        }

        foreach (string name in new[] { "subnet", "publicIPAddress" })
        {
            if (configuration.Text("properties", name, "id") is { } id)
            {
                properties[name] = new JsonObject { ["id"] = id };
            }
        }

        if (string.Equals(properties.Text("privateIPAllocationMethod"), "Static", StringComparison.OrdinalIgnoreCase))
        {
            properties["privateIPAddress"] = configuration.Text("properties", "privateIPAddress");
        }

        return new JsonObject { ["name"] = configuration.Text("name"), ["properties"] = properties };
    }

    /// <summary>An extension. Settings that look as if they held a secret are left out: anybody may read tags who may read the snapshot.</summary>
    private static JsonObject Extension(JsonObject extension)
    {
        JsonObject properties = extension["properties"].Pick("publisher", "type", "typeHandlerVersion", "autoUpgradeMinorVersion", "enableAutomaticUpgrade");
        if (extension.At("properties", "settings") is JsonObject settings)
        {
            string text = settings.ToJsonString();
            properties["settings"] = SecretText.Redact(text) == text ? settings.DeepClone() : null;
        }

        return new JsonObject { ["name"] = extension.Text("name"), ["location"] = extension.Text("location"), ["properties"] = properties };
    }
}
