using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Arm.Protocol;

namespace AzImageTools.Sandbox.Arm;

/// <summary>The action runCommand of a machine: a script that runs once, one at a time, and whose output is the operation's result.</summary>
internal sealed class RunCommandAction(ArmStore store, OperationReplies operations, MachineGuests guests)
{
    /// <summary>Azure gives an action that long.</summary>
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(90);

    /// <summary>The last one of each machine.</summary>
    private readonly ConditionalWeakTable<ArmResource, ArmOperation> _running = new();

    public HttpResponseMessage Start(ArmRequest request, ArmResource machine)
    {
        var body = request.ReadBody();
        var command = body.Text("commandId") ?? throw ArmException.Missing("commandId");
        var isWindows = JsonReading.Same(machine.Properties.Text("storageProfile", "osDisk", "osType"), "Windows");
        if (RunCommandDocuments.Find(command) is not { } document || document.IsWindows != isWindows)
        {
            throw new ArmException(
                HttpStatusCode.BadRequest, "BadRequest", "The entity was not found: no run command document '" + command + "' for " + (isWindows ? "Windows" : "Linux") + ".");
        }

        if (machine.Machine!.Power is not MachineState.Running)
        {
            throw ArmException.NotAllowed("The operation requires the VM to be running (or set to run).");
        }

        if (_running.TryGetValue(machine, out var other) && !other.IsDone)
        {
            throw ArmException.Conflict("Run command extension execution is in progress. Please wait for completion before invoking a run command.");
        }

        MachineGuests.CheckAgent(machine);
        var script = string.Join("\n", body.Items("script").OfType<JsonValue>().Select(line => line.ToString()));
        var execution = guests.Start(machine, script, Timeout);
        JsonNode? result = null;
        var operation = new ArmOperation(machine.Location, "operations", new OperationTime(store.Cloud.Options, store.Cloud.Now, execution.Duration))
        {
            Complete = () => result = Describe(machine, execution.End(), isWindows),
            Cancelled = execution.Cancel,
            Result = () => result,
        };
        _running.Remove(machine);
        _running.Add(machine, operation);
        machine.Background.Add(operation);
        return operations.Start(request, operation, HttpStatusCode.Accepted, body: null, withLocation: true);
    }

    private static JsonObject Describe(ArmResource machine, ScriptOutcome outcome, bool isWindows)
    {
        if (outcome.State is "Unknown")
        {
            throw MachineGuests.AgentSilent(machine);
        }

        if (outcome.State is "TimedOut")
        {
            throw new ArmException(
                HttpStatusCode.Conflict,
                "VMExtensionProvisioningTimeout",
                "Provisioning of VM extension " + (isWindows ? "RunCommandWindows" : "RunCommandLinux")
                + " has timed out. Extension installation may be taking too long, or extension status could not be obtained.");
        }

        var output = isWindows
            ? new JsonArray(
                InstanceView.NewStatus("ComponentStatus/StdOut/succeeded", "Provisioning succeeded", time: null, outcome.Output),
                InstanceView.NewStatus("ComponentStatus/StdErr/succeeded", "Provisioning succeeded", time: null, outcome.Error))
            : new JsonArray(InstanceView.NewStatus(
                "ProvisioningState/succeeded", "Provisioning succeeded", time: null, "Enable succeeded: \n[stdout]\n" + outcome.Output + "\n[stderr]\n" + outcome.Error));
        return new JsonObject { ["value"] = output };
    }
}
