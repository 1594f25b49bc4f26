using System.Globalization;
using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Arm.Catalogue;
using AzImageTools.Sandbox.Arm.Network;
using AzImageTools.Sandbox.Arm.Protocol;
using AzImageTools.Sandbox.Guests;
using AzImageTools.Sandbox.Storage;

namespace AzImageTools.Sandbox.Arm;

/// <summary>What a new cloud starts with.</summary>
internal sealed class Seed(ArmStore store, StorageAccountsType accounts, InterfacesType interfaces)
{
    private const string Group = "sandbox-rg";
    private const string Account = "sandboximages";
    private const string Container = "vhds";
    private const string Gallery = "sandboxGallery";
    private const string Network = "sandbox-vnet";

    private string Location => store.Cloud.Options.Location;

    public void Plant()
    {
        foreach (var subscription in store.Subscriptions)
        {
            subscription.Groups.Add(Group, SubscriptionOperations.NewGroup(subscription, Group, Location));
        }

        accounts.Complete(Add("Microsoft.Storage/storageAccounts", [Account]));
        store.Cloud.Accounts[Account].Containers.Add(Container, new BlobContainer(Container, store.Cloud.Now));
        PlantNetwork();
        PlantGallery();
        PlantMachine("win-vm", "2022-datacenter-g2", security: null, osGigabytes: 8, dataGigabytes: 4);
        PlantMachine("linux-vm", "server", security: null, osGigabytes: 4, dataGigabytes: null);
        PlantMachine("tl-vm", "2022-datacenter-azure-edition", security: "TrustedLaunch", osGigabytes: 8, dataGigabytes: null);
    }

    private ArmResource Add(string type, IReadOnlyList<string> names, JsonObject? properties = null)
    {
        var document = new JsonObject { ["location"] = Location, ["properties"] = properties ?? [] };
        var resource = new ArmResource(new ResourceId(store.Subscriptions[0].Id, Group, type, names), document);
        resource.Properties["provisioningState"] = "Succeeded";
        store.Add(resource);
        return resource;
    }

    private void PlantNetwork()
    {
        var subnet = Add(NetworkType.Subnets, [Network, "default"], new JsonObject { ["addressPrefix"] = "10.0.0.0/24" });
        subnet.Document.Remove("location");
        Add(NetworkType.Networks, [Network], new JsonObject { ["addressSpace"] = new JsonObject { ["addressPrefixes"] = new JsonArray("10.0.0.0/16") } });
        PlantInterface("free-nic", subnet.Id);
    }

    private ArmResource PlantInterface(string name, string subnetId)
    {
        var configuration = new JsonObject { ["name"] = "ipconfig1", ["properties"] = new JsonObject { ["subnet"] = new JsonObject { ["id"] = subnetId } } };
        var card = Add(NetworkType.Interfaces, [name], new JsonObject { ["ipConfigurations"] = new JsonArray(configuration) });
        interfaces.Complete(card, existing: null);
        return card;
    }

    private void PlantGallery()
    {
        GalleriesType.Complete(Add(GalleriesType.Name, [Gallery], new JsonObject { ["description"] = "A gallery to try things with." }));
        Add(DefinitionsType.Name, [Gallery, "windows-server"], NewDefinition("Windows", "WindowsServer", "2022-datacenter-g2", security: null));
        Add(DefinitionsType.Name, [Gallery, "windows-server-tl"], NewDefinition("Windows", "WindowsServer", "2022-datacenter-tl", "TrustedLaunch"));
        Add(DefinitionsType.Name, [Gallery, "ubuntu"], NewDefinition("Linux", "Ubuntu", "24_04-lts", security: null));

        var profile = new JsonObject
        {
            ["storageProfile"] = new JsonObject
            {
                ["osDiskImage"] = new JsonObject { ["sizeInGB"] = 4, ["hostCaching"] = "ReadWrite", ["source"] = new JsonObject() },
            },
        };
        var version = Add(ImageResolver.Versions, [Gallery, "ubuntu", "1.0.0"], profile);
        version.OsDisk = DiskPages.CreateGuest(store.Cloud, "ubuntu-1.0.0", 4L << 30, "linux-deprovisioned");
        VersionsType.CompleteProfile(version);
        VersionsType.Publish(version, store.Cloud.Now);
    }

    private static JsonObject NewDefinition(string osType, string offer, string sku, string? security)
    {
        var definition = new JsonObject
        {
            ["osType"] = osType,
            ["osState"] = "Generalized",
            ["hyperVGeneration"] = "V2",
            ["architecture"] = "x64",
            ["identifier"] = new JsonObject { ["publisher"] = "Sandbox", ["offer"] = offer, ["sku"] = sku },
        };
        if (security is not null)
        {
            definition["features"] = new JsonArray(new JsonObject { ["name"] = "SecurityType", ["value"] = security });
        }

        return definition;
    }

    private void PlantMachine(string name, string sku, string? security, long osGigabytes, long? dataGigabytes)
    {
        var image = Marketplace.Images.Last(candidate => candidate.Sku == sku);
        var card = PlantInterface(name + "-nic", store.List(NetworkType.Subnets, store.Subscriptions[0].Id).First().Id);
        var properties = new JsonObject
        {
            ["vmId"] = Guid.NewGuid().ToString(),
            ["timeCreated"] = store.Cloud.Now.ToString("O", CultureInfo.InvariantCulture),
            ["hardwareProfile"] = new JsonObject { ["vmSize"] = "Standard_D2s_v5" },
            ["osProfile"] = NewOsProfile(name, image.OsType),
            ["networkProfile"] = new JsonObject { ["networkInterfaces"] = new JsonArray(new JsonObject { ["id"] = card.Id }) },
        };
        if (security is not null)
        {
            properties["securityProfile"] = new JsonObject
            {
                ["securityType"] = security,
                ["uefiSettings"] = new JsonObject { ["secureBootEnabled"] = true, ["vTpmEnabled"] = true },
            };
        }

        var machine = Add(MachinesType.Name, [name], properties);
        machine.Machine = new MachineState { Generation = image.Generation, Architecture = image.Architecture };
        machine.Machine.Guest.Write(SerialLog.Healthy(guest: null, machine));
        var osDisk = AddDisk(machine, name + "_OsDisk_1", osGigabytes, image, security);
        osDisk["osType"] = image.OsType;
        osDisk["createOption"] = "FromImage";
        var dataDisks = new JsonArray();
        if (dataGigabytes is { } gigabytes)
        {
            var dataDisk = AddDisk(machine, name + "_DataDisk_0", gigabytes, image: null, security: null);
            dataDisk["lun"] = 0;
            dataDisk["createOption"] = "Attach";
            dataDisks.Add(dataDisk);
        }

        properties["storageProfile"] = new JsonObject
        {
            ["imageReference"] = new JsonObject
            {
                ["publisher"] = image.Publisher,
                ["offer"] = image.Offer,
                ["sku"] = image.Sku,
                ["version"] = "latest",
                ["exactVersion"] = image.Version,
            },
            ["osDisk"] = osDisk,
            ["dataDisks"] = dataDisks,
        };
    }

    private static JsonObject NewOsProfile(string name, string osType)
    {
        var profile = new JsonObject { ["computerName"] = name, ["adminUsername"] = "sandbox", ["allowExtensionOperations"] = true };
        if (osType is "Windows")
        {
            profile["windowsConfiguration"] = new JsonObject { ["provisionVMAgent"] = true, ["enableAutomaticUpdates"] = true };
        }
        else
        {
            profile["linuxConfiguration"] = new JsonObject { ["disablePasswordAuthentication"] = true, ["provisionVMAgent"] = true };
        }

        return profile;
    }

    /// <summary>Makes a disk of zeros and returns the machine's entry for it.</summary>
    private JsonObject AddDisk(ArmResource machine, string name, long gigabytes, MarketplaceImage? image, string? security)
    {
        var disk = Add(SourceResolver.Disks, [name], new JsonObject { ["creationData"] = new JsonObject { ["createOption"] = image is null ? "Empty" : "FromImage" } });
        var source = new DiskSource
        {
            Capacity = gigabytes << 30,
            Location = Location,
            OsType = image?.OsType,
            Generation = image?.Generation,
            Architecture = image?.Architecture,
            SecurityType = security,
            Controllers = DiskSource.ReadControllers(image?.Generation is "V2" ? "SCSI, NVMe" : null),
        };
        disk.OsDisk = DiskPages.CreateGuest(store.Cloud, name, source.Capacity, image is null ? null : Guest.Find(image.Guest!).Provisioned);
        disk.Document["managedBy"] = machine.Id;
        DiskDocument.Inherit(disk.Document, source);
        DiskDocument.Complete(disk.Document, source.Capacity, "Attached", store.Cloud.Now);
        return new JsonObject
        {
            ["name"] = name,
            ["caching"] = image is null ? "None" : "ReadWrite",
            ["diskSizeGB"] = gigabytes,
            ["deleteOption"] = "Detach",
            ["managedDisk"] = new JsonObject { ["id"] = disk.Id, ["storageAccountType"] = "Standard_LRS" },
        };
    }
}
