using System.Net;
using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Arm.Access;
using AzImageTools.Sandbox.Arm.Network;
using AzImageTools.Sandbox.Arm.Protocol;

namespace AzImageTools.Sandbox.Arm;

/// <summary>Microsoft.Compute/virtualMachines.</summary>
internal sealed class MachinesType(
    ArmStore store,
    OperationReplies operations,
    MachineBuilder builder,
    MachineDisks disks,
    MachineNetwork network,
    CoreQuota quota,
    MachineGuests guests,
    BootDiagnostics diagnostics)
    : ResourceType(store, operations)
{
    private readonly RunCommandAction _commands = new(store, operations, guests);

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
        return Create(request, machine, HttpStatusCode.Created, "Creating", () => guests.Provision(machine));
    }

    protected override HttpResponseMessage Patch(ArmRequest request, JsonObject body, ArmResource resource)
        => Update(request, body, resource);

    protected override HttpResponseMessage GetReply(ArmRequest request, ArmResource resource)
        => JsonReading.Same(request.Http.QueryValue("$expand"), "instanceView") ? ArmReply.Ok(WithView(resource)) : ArmReply.Ok(WithExtensions(resource));

    protected override JsonNode ListItem(ArmRequest request, ArmResource resource)
    {
        var wantsView = JsonReading.Same(request.Http.QueryValue("$expand"), "instanceView") || JsonReading.Same(request.Http.QueryValue("statusOnly"), "true");
        return wantsView ? WithView(resource) : WithExtensions(resource);
    }

    protected override HttpResponseMessage? View(ArmRequest request, ArmResource resource)
        => JsonReading.Same(request.Action, "vmSizes") ? ArmReply.List(SkuOperations.Offered(resource.Location).Select(SkuOperations.DescribeSize))
            : JsonReading.Same(request.Action, "instanceView") ? ArmReply.Ok(Describe(resource)) : null;

    protected override HttpResponseMessage? Post(ArmRequest request, ArmResource resource, string action)
    {
        var state = resource.Machine!;
        switch (action.ToUpperInvariant())
        {
            case "START":
                RefuseGeneralized(resource, "start");
                return Act(request, resource, () => Start(resource));
            case "RESTART":
            case "REDEPLOY":
                RefuseGeneralized(resource, action.ToLowerInvariant());
                if (state.Power is not MachineState.Running)
                {
                    throw ArmException.NotAllowed("Operation '" + action.ToLowerInvariant() + "' is not allowed on VM '" + resource.Name + "' since the VM is " + state.Power + ".");
                }

                return Act(
                    request,
                    resource,
                    () =>
                    {
                        StopCommands(resource);
                        guests.Boot(resource);
                    });
            case "REAPPLY":
                return Act(request, resource, () => resource.Properties["provisioningState"] = "Succeeded");
            case "RUNCOMMAND":
                return _commands.Start(request, resource);
            case "RETRIEVEBOOTDIAGNOSTICSDATA":
                return diagnostics.Retrieve(request, resource);
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
        StopCommands(resource);
        foreach (var nested in Store.List(ExtensionsType.Name, resource.ResourceId).Concat(Store.List(RunCommandsType.Name, resource.ResourceId)).ToList())
        {
            Store.Remove(nested);
        }

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
                MachineDisks.Detach(managed, Store.Cloud.Now);
            }
        }
    }

    /// <summary>Ends what runs in a guest that is stopped.</summary>
    private void StopCommands(ArmResource machine)
    {
        foreach (var running in machine.Background)
        {
            running.Cancel(Store.Cloud.Now);
        }
    }

    private void Start(ArmResource machine)
    {
        if (machine.Machine!.Power is MachineState.Running)
        {
            return;
        }

        SetPower(machine, MachineState.Running);
        guests.Boot(machine);
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
        if (power is not MachineState.Running)
        {
            StopCommands(machine);
        }

        foreach (var disk in MachineDisks.Of(machine))
        {
            if (Store.Find(disk.Text("managedDisk", "id")) is { } managed)
            {
                DiskDocument.SetOwnership(managed, power is MachineState.Deallocated ? "Reserved" : "Attached", Store.Cloud.Now);
            }
        }
    }

    private JsonObject WithView(ArmResource machine)
    {
        var copy = WithExtensions(machine);
        copy.Child("properties")["instanceView"] = Describe(machine);
        return copy;
    }

    private JsonObject Describe(ArmResource machine)
        => InstanceView.Describe(machine, guests.GuestOf(machine), Store.List(ExtensionsType.Name, machine.ResourceId), Store.Cloud.Now);

    private JsonObject WithExtensions(ArmResource machine)
    {
        var copy = (JsonObject)machine.Document.DeepClone();
        var extensions = Store.List(ExtensionsType.Name, machine.ResourceId).Select(ExtensionsType.WithoutView).ToArray<JsonNode>();
        if (extensions.Length > 0)
        {
            copy["resources"] = new JsonArray(extensions);
        }

        return copy;
    }

    private void CheckResize(ArmResource machine, string? size)
    {
        var osDisk = Store.Find(machine.Properties.Text("storageProfile", "osDisk", "managedDisk", "id"));
        if (osDisk is not null && !JsonReading.Same(size, machine.Properties.Text("hardwareProfile", "vmSize")))
        {
            var source = SourceResolver.Describe(osDisk) with { Generation = machine.Machine!.Generation, Architecture = machine.Machine.Architecture };
            SizeCheck.Check(size, machine.Properties.Text("securityProfile", "securityType"), source);
        }
    }

    /// <summary>Changes tags, size, security, interfaces and disks; the image stays as it was.</summary>
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
        CheckResize(machine, size);
        if (body.At("properties", "networkProfile") is { } profile)
        {
            network.Check(new ArmResource(machine.ResourceId, new JsonObject { ["location"] = machine.Location, ["properties"] = new JsonObject { ["networkProfile"] = profile.DeepClone() } }));
        }

        // The last that may refuse, and the first that changes anything.
        disks.Update(
            machine, body.Text("properties", "storageProfile", "osDisk", "managedDisk", "id"), body.At("properties", "storageProfile", "dataDisks") as JsonArray, size);
        foreach (var name in new[] { "networkProfile", "hardwareProfile", "securityProfile", "diagnosticsProfile" })
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
