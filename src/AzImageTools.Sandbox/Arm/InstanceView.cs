using System.Globalization;
using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Arm.Protocol;
using AzImageTools.Sandbox.Guests;

namespace AzImageTools.Sandbox.Arm;

/// <summary>What a virtual machine's instance view tells.</summary>
internal static class InstanceView
{
    /// <summary>Tells of a machine.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="guest">The guest on its disk, where it is known.</param>
    /// <param name="extensions">Its extensions.</param>
    /// <param name="now">The time.</param>
    public static JsonObject Describe(ArmResource machine, Guest? guest, IEnumerable<ArmResource> extensions, DateTimeOffset now)
    {
        var state = machine.Machine!;
        var view = new JsonObject();
        if (state.Power is MachineState.Running)
        {
            var installed = extensions.ToList();
            DescribeGuest(view, machine, guest, installed, now);
            if (installed.Count > 0)
            {
                view["extensions"] = new JsonArray([.. installed.Select(extension => extension.Properties["instanceView"]?.DeepClone() ?? new JsonObject { ["name"] = extension.Name })]);
            }
        }

        var disks = new[] { machine.Properties.At("storageProfile", "osDisk") }.Concat(machine.Properties.Items("storageProfile", "dataDisks"));
        view["disks"] = new JsonArray([.. disks.Select(disk => new JsonObject
        {
            ["name"] = disk.Text("name"),
            ["statuses"] = new JsonArray(NewStatus("ProvisioningState/succeeded", "Provisioning succeeded", now)),
        })]);
        if (machine.Properties.Flag("diagnosticsProfile", "bootDiagnostics", "enabled"))
        {
            view["bootDiagnostics"] = new JsonObject();
        }

        view["hyperVGeneration"] = state.Generation;
        view["statuses"] = DescribeState(machine, now);
        return view;
    }

    /// <summary>A status.</summary>
    public static JsonObject NewStatus(string code, string display, DateTimeOffset? time, string? message = null, string level = "Info")
    {
        var status = new JsonObject { ["code"] = code, ["level"] = level, ["displayStatus"] = display };
        if (message is not null)
        {
            status["message"] = message;
        }

        if (time is { } at)
        {
            status["time"] = at.ToString("O", CultureInfo.InvariantCulture);
        }

        return status;
    }

    private static JsonArray DescribeState(ArmResource machine, DateTimeOffset now)
    {
        var state = machine.Machine!;
        var provisioning = machine.Properties.TextOrDefault("provisioningState", "Succeeded");
        var statuses = new JsonArray(
            provisioning is "Failed" && state.Guest.Failure is var (code, message)
                ? NewStatus("ProvisioningState/failed/" + code, "Provisioning failed", now, message, "Error")
                : NewStatus("ProvisioningState/" + provisioning.ToLowerInvariant(), provisioning is "Succeeded" ? "Provisioning succeeded" : provisioning, now));
        if (state.IsGeneralized)
        {
            statuses.Add(NewStatus("OSState/generalized", "VM generalized", time: null));
        }

        statuses.Add(NewStatus("PowerState/" + state.Power, "VM " + state.Power, time: null));
        return statuses;
    }

    private static void DescribeGuest(JsonObject view, ArmResource machine, Guest? guest, List<ArmResource> extensions, DateTimeOffset now)
    {
        if (!machine.Machine!.Guest.IsAgentReady)
        {
            view["vmAgent"] = new JsonObject
            {
                ["vmAgentVersion"] = "Unknown",
                ["statuses"] = new JsonArray(NewStatus("ProvisioningState/Unavailable", "Not Ready", now, "VM status blob is found but not yet populated.", "Warning")),
            };
            return;
        }

        var isWindows = JsonReading.Same(machine.Properties.Text("storageProfile", "osDisk", "osType"), "Windows");
        view["computerName"] = machine.Properties.Text("osProfile", "computerName") ?? machine.Name;
        view["osName"] = guest?.OsName ?? (isWindows ? "Windows Server 2022 Datacenter" : "ubuntu");
        view["osVersion"] = guest?.OsVersion ?? (isWindows ? "10.0.20348.3091" : "24.04");
        var handlers = extensions.Select(extension => new JsonObject
        {
            ["type"] = extension.Properties.Text("publisher") + "." + extension.Properties.Text("type"),
            ["typeHandlerVersion"] = extension.Properties.Text("typeHandlerVersion"),
            ["status"] = NewStatus("ProvisioningState/succeeded", "Ready", time: null),
        });
        view["vmAgent"] = new JsonObject
        {
            ["vmAgentVersion"] = guest?.AgentVersion ?? (isWindows ? "2.7.41491.1149" : "2.12.0.2"),
            ["statuses"] = new JsonArray(NewStatus(
                "ProvisioningState/succeeded", "Ready", now, isWindows ? "GuestAgent is running and processing the extensions." : "Guest Agent is running")),
            ["extensionHandlers"] = new JsonArray([.. handlers]),
        };
    }
}
