using System.Net;
using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Arm.Access;
using AzImageTools.Sandbox.Arm.Network;
using AzImageTools.Sandbox.Arm.Protocol;

namespace AzImageTools.Sandbox.Arm;

/// <summary>Microsoft.Compute/virtualMachines.</summary>
internal sealed class MachinesType(ArmStore store, OperationReplies operations, MachineBuilder builder, MachineDisks disks, MachineNetwork network, CoreQuota quota) : ResourceType(store, operations)
{
    public const string Name = "Microsoft.Compute/virtualMachines";

    public override string Type => Name;

    protected override HttpResponseMessage Put(ArmRequest request, JsonObject body, ArmResource? existing)
    {
        CheckLocation(body, existing);
        if (existing is not null)
        {
            return Update(request, body, existing);
        }

        var machine = NewResource(request, body);
        quota.Check(machine, machine.Properties.Text("hardwareProfile", "vmSize"));
        network.Check(machine);
        network.Make(machine, () => builder.Build(machine));
        return Create(request, machine, HttpStatusCode.Created, "Creating");
    }

    protected override HttpResponseMessage Patch(ArmRequest request, JsonObject body, ArmResource resource)
        => Update(request, body, resource);

    protected override HttpResponseMessage GetReply(ArmRequest request, ArmResource resource)
        => JsonReading.Same(request.Http.QueryValue("$expand"), "instanceView") ? ArmReply.Ok(WithView(resource)) : base.GetReply(request, resource);

    protected override JsonNode ListItem(ArmRequest request, ArmResource resource)
    {
        var wantsView = JsonReading.Same(request.Http.QueryValue("$expand"), "instanceView") || JsonReading.Same(request.Http.QueryValue("statusOnly"), "true");
        return wantsView ? WithView(resource) : resource.Document;
    }

    protected override HttpResponseMessage? View(ArmRequest request, ArmResource resource)
        => JsonReading.Same(request.Action, "instanceView") ? ArmReply.Ok(InstanceView.Describe(resource, Store.Cloud.Now)) : null;

    protected override HttpResponseMessage? Post(ArmRequest request, ArmResource resource, string action)
    {
        var state = resource.Machine!;
        switch (action.ToUpperInvariant())
        {
            case "START":
                RefuseGeneralized(resource, "start");
                return Act(request, resource, () => SetPower(resource, MachineState.Running));
            case "RESTART":
                RefuseGeneralized(resource, "restart");
                if (state.Power is not MachineState.Running)
                {
                    throw ArmException.NotAllowed("Operation 'restart' is not allowed on VM '" + resource.Name + "' since the VM is " + state.Power + ".");
                }

                return Act(request, resource, () => { });
            case "POWEROFF":
                return Act(
                    request,
                    resource,
                    () =>
                    {
                        if (state.Power is MachineState.Running)
                        {
                            SetPower(resource, MachineState.Stopped);
                        }
                    });
            case "DEALLOCATE":
                return Act(request, resource, () => SetPower(resource, MachineState.Deallocated));
            case "GENERALIZE":
                if (state.Power is MachineState.Running)
                {
                    throw ArmException.NotAllowed("Operation 'generalize' is not allowed on VM '" + resource.Name + "' since the VM is running.");
                }

                state.IsGeneralized = true;
                return ArmReply.Empty(HttpStatusCode.OK);
            default:
                return null;
        }
    }

    protected override void OnDeleted(ArmResource resource)
    {
        network.OnDeleted(resource);
        foreach (var disk in MachineDisks.Of(resource))
        {
            if (Store.Find(disk.Text("managedDisk", "id")) is not { } managed)
            {
                continue;
            }

            if (JsonReading.Same(disk.Text("deleteOption"), "Delete"))
            {
                Store.Remove(managed);
            }
            else
            {
                MachineDisks.Detach(managed);
            }
        }
    }

    private static void RefuseGeneralized(ArmResource machine, string operation)
    {
        if (machine.Machine!.IsGeneralized)
        {
            throw ArmException.NotAllowed("Operation '" + operation + "' is not allowed on VM '" + machine.Name + "' since the VM is generalized.");
        }
    }

    private void SetPower(ArmResource machine, string power)
    {
        machine.Machine!.Power = power;
        foreach (var disk in MachineDisks.Of(machine))
        {
            if (Store.Find(disk.Text("managedDisk", "id")) is { } managed)
            {
                managed.Properties["diskState"] = power is MachineState.Deallocated ? "Reserved" : "Attached";
            }
        }
    }

    private JsonObject WithView(ArmResource machine)
    {
        var copy = (JsonObject)machine.Document.DeepClone();
        copy.Child("properties")["instanceView"] = InstanceView.Describe(machine, Store.Cloud.Now);
        return copy;
    }

    /// <summary>Changes tags, size, security and data disks; the image stays as it was.</summary>
    private HttpResponseMessage Update(ArmRequest request, JsonObject body, ArmResource machine)
    {
        RefuseGeneralized(machine, "update");
        if (body.At("properties", "storageProfile", "imageReference") is { } image
            && !JsonNode.DeepEquals(image, machine.Properties.At("storageProfile", "imageReference")))
        {
            throw ArmException.ChangeNotAllowed("imageReference");
        }

        var size = body.Text("properties", "hardwareProfile", "vmSize") ?? machine.Properties.Text("hardwareProfile", "vmSize");
        quota.Check(machine, size);
        disks.Update(machine, body.At("properties", "storageProfile", "dataDisks") as JsonArray, size);

        if (body.At("properties", "networkProfile") is { } profile)
        {
            var wanted = new ArmResource(machine.ResourceId, new JsonObject { ["location"] = machine.Location, ["properties"] = new JsonObject { ["networkProfile"] = profile.DeepClone() } });
            network.Check(wanted);
            machine.Properties["networkProfile"] = profile.DeepClone();
        }

        foreach (var name in new[] { "hardwareProfile", "securityProfile", "diagnosticsProfile" })
        {
            if (body.At("properties", name) is { } value)
            {
                machine.Properties[name] = value.DeepClone();
            }
        }

        if (body["tags"] is { } tags)
        {
            machine.Document["tags"] = tags.DeepClone();
        }

        return Create(request, machine, HttpStatusCode.OK, "Updating");
    }
}
