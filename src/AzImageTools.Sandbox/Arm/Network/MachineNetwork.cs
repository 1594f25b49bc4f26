using System.Net;
using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Arm.Protocol;

namespace AzImageTools.Sandbox.Arm.Network;

/// <summary>The network interfaces of virtual machines.</summary>
internal sealed class MachineNetwork(ArmStore store, InterfacesType interfaces)
{
    /// <summary>Refuses a machine without interfaces, or with some that are not there or another machine's.</summary>
    public void Check(ArmResource machine)
    {
        var profile = machine.Properties.At("networkProfile");
        var cards = profile.Items("networkInterfaces").ToList();
        if (cards.Count == 0 && !profile.Items("networkInterfaceConfigurations").Any())
        {
            throw ArmException.Missing("vm.properties.networkProfile");
        }

        foreach (var id in cards.Select(card => card.Text("id")))
        {
            var card = store.GetReferred(id, NetworkType.Interfaces, "networkProfile.networkInterfaces.id");
            if (!JsonReading.Same(card.Location, machine.Location))
            {
                throw ArmException.InvalidParameter(
                    "networkProfile.networkInterfaces.id", "Network interface " + card.Id + " is in '" + card.Location + "' and can't be attached to a virtual machine in '" + machine.Location + "'.");
            }

            // The code and the first sentence are those of the refused delete; what a refused attachment says exactly is not known.
            if (InterfacesType.MachineOf(store, card.Id) is { } owner && !JsonReading.Same(owner.Id, machine.Id))
            {
                throw new ArmException(HttpStatusCode.BadRequest, "NicInUse", "Network Interface " + card.Id + " is used by existing resource " + owner.Id + ".");
            }
        }
    }

    /// <summary>Makes the interfaces that a new machine's request describes rather than names.</summary>
    /// <param name="machine">The machine; its profile tells the interfaces then.</param>
    /// <param name="build">Makes the rest of it; where that is refused, the interfaces go again.</param>
    public void Make(ArmResource machine, Action build)
    {
        var profile = machine.Properties.Child("networkProfile");
        var made = new List<ArmResource>();
        try
        {
            foreach (var wanted in profile.Items("networkInterfaceConfigurations"))
            {
                var name = (wanted.Text("name") ?? "nic") + "-" + Guid.NewGuid().ToString("N").Substring(0, 8);
                var card = new ArmResource(
                    machine.ResourceId with { Type = NetworkType.Interfaces, Names = [name] },
                    new JsonObject { ["location"] = machine.Location, ["properties"] = Describe(wanted["properties"] as JsonObject ?? []) });
                interfaces.Complete(card, existing: null);
                card.Properties["provisioningState"] = "Succeeded";
                store.Add(card);
                made.Add(card);
            }

            build();
        }
        catch (ArmException)
        {
            made.ForEach(store.Remove);
            throw;
        }

        if (made.Count > 0)
        {
            var cards = profile.Items("networkInterfaces").Select(card => card.DeepClone()).ToList();
            cards.AddRange(made.Zip(profile.Items("networkInterfaceConfigurations"), (card, wanted) => new JsonObject
            {
                ["id"] = card.Id,
                ["properties"] = new JsonObject { ["primary"] = wanted.Flag("properties", "primary"), ["deleteOption"] = wanted.Text("properties", "deleteOption") ?? "Detach" },
            }));
            profile["networkInterfaces"] = new JsonArray([.. cards]);
            profile.Remove("networkInterfaceConfigurations");
        }
    }

    /// <summary>What a described interface takes over; the rest is the machine's.</summary>
    private static JsonObject Describe(JsonObject wanted)
    {
        var card = new JsonObject();
        foreach (var name in new[] { "networkSecurityGroup", "enableAcceleratedNetworking", "enableIPForwarding" })
        {
            card.CopyFrom(wanted, name);
        }

        card["ipConfigurations"] = new JsonArray([.. wanted.Items("ipConfigurations").Select(asked =>
        {
            var properties = new JsonObject();
            foreach (var name in new[] { "subnet", "primary", "privateIPAddressVersion" })
            {
                properties.CopyFrom(asked["properties"] as JsonObject ?? [], name);
            }

            return new JsonObject { ["name"] = asked["name"]?.DeepClone(), ["properties"] = properties };
        })]);
        return card;
    }

    /// <summary>Deletes the interfaces that are to go with their machine.</summary>
    public void OnDeleted(ArmResource machine)
    {
        foreach (var card in machine.Properties.Items("networkProfile", "networkInterfaces"))
        {
            if (JsonReading.Same(card.Text("properties", "deleteOption"), "Delete") && store.Find(card.Text("id")) is { } resource)
            {
                store.Remove(resource);
            }
        }
    }
}
