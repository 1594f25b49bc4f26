using System.Globalization;
using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Arm.Protocol;

namespace AzImageTools.Sandbox.Arm;

/// <summary>What a virtual machine's instance view tells.</summary>
internal static class InstanceView
{
    public static JsonObject Describe(ArmResource machine, DateTimeOffset now)
    {
        var state = machine.Machine!;
        var time = now.ToString("O", CultureInfo.InvariantCulture);
        var statuses = new JsonArray(NewStatus("ProvisioningState/succeeded", "Provisioning succeeded", time));
        if (state.IsGeneralized)
        {
            statuses.Add(NewStatus("OSState/generalized", "VM generalized", time: null));
        }

        statuses.Add(NewStatus("PowerState/" + state.Power, "VM " + state.Power, time: null));
        var view = new JsonObject();
        if (state.Power is MachineState.Running)
        {
            var isWindows = JsonReading.Same(machine.Properties.Text("storageProfile", "osDisk", "osType"), "Windows");
            view["computerName"] = machine.Properties.Text("osProfile", "computerName") ?? machine.Name;
            view["osName"] = isWindows ? "Windows Server 2022 Datacenter" : "ubuntu";
            view["osVersion"] = isWindows ? "10.0.20348.3091" : "24.04";
            view["vmAgent"] = new JsonObject
            {
                ["vmAgentVersion"] = isWindows ? "2.7.41491.1149" : "2.12.0.2",
                ["statuses"] = new JsonArray(NewStatus("ProvisioningState/succeeded", "Ready", time)),
                ["extensionHandlers"] = new JsonArray(),
            };
        }

        var disks = new[] { machine.Properties.At("storageProfile", "osDisk") }.Concat(machine.Properties.Items("storageProfile", "dataDisks"));
        view["disks"] = new JsonArray([.. disks.Select(disk => new JsonObject
        {
            ["name"] = disk.Text("name"),
            ["statuses"] = new JsonArray(NewStatus("ProvisioningState/succeeded", "Provisioning succeeded", time)),
        })]);
        view["hyperVGeneration"] = state.Generation;
        view["statuses"] = statuses;
        return view;
    }

    private static JsonObject NewStatus(string code, string display, string? time)
    {
        var status = new JsonObject { ["code"] = code, ["level"] = "Info", ["displayStatus"] = display };
        if (time is not null)
        {
            status["time"] = time;
        }

        return status;
    }
}
