using System.Net;
using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Arm.Protocol;

namespace AzImageTools.Sandbox.Arm;

/// <summary>Microsoft.Compute/virtualMachines/extensions: installed by the guest's agent, and never carried out.</summary>
internal sealed class ExtensionsType(ArmStore store, OperationReplies operations) : ResourceType(store, operations)
{
    public const string Name = "Microsoft.Compute/virtualMachines/extensions";

    public override string Type => Name;

    protected override HttpResponseMessage Put(ArmRequest request, JsonObject body, ArmResource? existing)
    {
        CheckLocation(body, existing);
        var machine = Store.Get(request.Id.Parent()!);
        CheckRunning(machine);
        var extension = NewResource(request, body);
        foreach (var name in new[] { "publisher", "type", "typeHandlerVersion" })
        {
            _ = extension.Properties.Text(name) ?? throw ArmException.Missing("extension.properties." + name);
        }

        if (existing is not null && !JsonReading.Same(existing.Properties.Text("type"), extension.Properties.Text("type")))
        {
            throw new ArmException(
                HttpStatusCode.Conflict,
                "OperationNotAllowed",
                "Changing property 'type' of extension '" + extension.Name + "' is not allowed. Delete the extension first.");
        }

        // What is secret goes in and never comes out.
        extension.Properties.Remove("protectedSettings");
        extension.Properties["autoUpgradeMinorVersion"] ??= false;
        return Create(request, extension, existing is null ? HttpStatusCode.Created : HttpStatusCode.OK, existing is null ? "Creating" : "Updating", () => Install(machine, extension));
    }

    protected override HttpResponseMessage GetReply(ArmRequest request, ArmResource resource)
    {
        if (JsonReading.Same(request.Http.QueryValue("$expand"), "instanceView"))
        {
            return ArmReply.Ok(resource.Document);
        }

        return ArmReply.Ok(WithoutView(resource));
    }

    protected override JsonNode ListItem(ArmRequest request, ArmResource resource) => WithoutView(resource);

    protected override void CheckDelete(ArmResource resource) => CheckRunning(Store.Get(resource.ResourceId.Parent()!));

    /// <summary>The document without the view that has to be asked for.</summary>
    public static JsonObject WithoutView(ArmResource resource)
    {
        var copy = (JsonObject)resource.Document.DeepClone();
        copy.Child("properties").Remove("instanceView");
        return copy;
    }

    private static void CheckRunning(ArmResource machine)
    {
        if (machine.Machine!.Power is not MachineState.Running)
        {
            throw ArmException.NotAllowed("Cannot modify extensions in the VM when the VM is not running.");
        }
    }

    private void Install(ArmResource machine, ArmResource extension)
    {
        MachineGuests.CheckAgent(machine);
        extension.Properties["instanceView"] = new JsonObject
        {
            ["name"] = extension.Name,
            ["type"] = extension.Properties.Text("publisher") + "." + extension.Properties.Text("type"),
            ["typeHandlerVersion"] = extension.Properties.Text("typeHandlerVersion"),
            ["statuses"] = new JsonArray(InstanceView.NewStatus("ProvisioningState/succeeded", "Provisioning succeeded", Store.Cloud.Now, "Enable succeeded.")),
        };
    }
}
