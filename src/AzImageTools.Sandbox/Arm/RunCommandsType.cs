using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Arm.Protocol;

namespace AzImageTools.Sandbox.Arm;

/// <summary>Microsoft.Compute/virtualMachines/runCommands: scripts that are resources. To delete one that runs ends it.</summary>
internal sealed class RunCommandsType(ArmStore store, OperationReplies operations, MachineGuests guests) : ResourceType(store, operations)
{
    public const string Name = "Microsoft.Compute/virtualMachines/runCommands";

    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromMinutes(90);

    private static readonly string[] Secrets = ["runAsPassword", "protectedParameters"];

    private readonly Dictionary<ArmResource, ArmOperation> _running = [];

    private readonly ScriptOutputs _outputs = new(store.Cloud);

    public override string Type => Name;

    protected override HttpResponseMessage Put(ArmRequest request, JsonObject body, ArmResource? existing)
    {
        CheckLocation(body, existing);
        var machine = Store.Get(request.Id.Parent()!);
        return Start(request, machine, NewResource(request, body), existing is null ? HttpStatusCode.Created : HttpStatusCode.OK);
    }

    protected override HttpResponseMessage Patch(ArmRequest request, JsonObject body, ArmResource resource)
    {
        var document = (JsonObject)resource.Document.DeepClone();
        foreach (var address in resource.OutputAddresses ?? [])
        {
            document.Child("properties")[address.Key] = address.Value;
        }

        foreach (var entry in body.At("properties") as JsonObject ?? [])
        {
            document.Child("properties")[entry.Key] = entry.Value?.DeepClone();
        }

        document.CopyFrom(body["tags"] is null ? resource.Document : body, "tags");
        return Start(request, Store.Get(request.Id.Parent()!), NewResource(request, document), HttpStatusCode.OK);
    }

    protected override HttpResponseMessage GetReply(ArmRequest request, ArmResource resource)
        => ArmReply.Ok(JsonReading.Same(request.Http.QueryValue("$expand"), "instanceView") ? resource.Document : WithoutView(resource));

    protected override JsonNode ListItem(ArmRequest request, ArmResource resource)
        => JsonReading.Same(request.Http.QueryValue("$expand"), "instanceView") ? resource.Document : WithoutView(resource);

    // To be deleted is how a running one is stopped.
    protected override void CheckBusy(ArmResource resource)
    {
    }

    protected override void OnDeleted(ArmResource resource) => Cancel(resource);

    private static JsonObject WithoutView(ArmResource resource)
    {
        var copy = (JsonObject)resource.Document.DeepClone();
        copy.Child("properties").Remove("instanceView");
        return copy;
    }

    private static string ReadScript(JsonNode? source)
    {
        var given = new[] { "script", "scriptUri", "commandId" }.Where(name => source.Text(name) is not null).ToList();
        return given.Count switch
        {
            0 => throw ArmException.Missing("runCommand.properties.source"),
            1 => source.Text("script") ?? "",
            _ => throw ArmException.InvalidParameter("runCommand.properties.source", "Only one of 'script', 'scriptUri' and 'commandId' can be given."),
        };
    }

    private static TimeSpan ReadTimeout(JsonObject properties)
        => (properties.Number("timeoutInSeconds") ?? 0) switch
        {
            0 => DefaultTimeout,
            > 0 and <= 5400 and var seconds => TimeSpan.FromSeconds(seconds),
            _ => throw ArmException.InvalidParameter(
                "runCommand.properties.timeoutInSeconds", "The value of parameter 'timeoutInSeconds' is out of range: it must be between 1 and 5400."),
        };

    /// <summary>What comes back of an output: its last 4,096 bytes (Microsoft Learn, "Run scripts in your Windows VM by using managed Run Commands").</summary>
    private static string Tail(string output)
    {
        const int Most = 4096;
        var bytes = Encoding.UTF8.GetBytes(output);
        return bytes.Length <= Most ? output : Encoding.UTF8.GetString(bytes, bytes.Length - Most, Most);
    }

    private static JsonObject View(string state, DateTimeOffset started) => new JsonObject
    {
        ["executionState"] = state,
        ["executionMessage"] = state is "Running" ? "Execution in progress" : "",
        ["exitCode"] = 0,
        ["output"] = "",
        ["error"] = "",
        ["startTime"] = started.ToString("O", CultureInfo.InvariantCulture),
        ["statuses"] = new JsonArray(),
    };

    private HttpResponseMessage Start(ArmRequest request, ArmResource machine, ArmResource command, HttpStatusCode status)
    {
        var properties = command.Properties;
        var script = ReadScript(properties["source"]);
        var timeout = ReadTimeout(properties);
        if (machine.Machine!.Power is not MachineState.Running)
        {
            throw ArmException.NotAllowed("Cannot modify extensions in the VM when the VM is not running.");
        }

        MachineGuests.CheckAgent(machine);
        CheckUser(machine, properties.Text("runAsUser"));
        if (Store.Find(command.ResourceId) is { } before)
        {
            Cancel(before);
        }

        // What is secret goes in and never comes out.
        foreach (var secret in Secrets)
        {
            properties.Remove(secret);
        }

        var write = TakeOutputs(command);
        var started = Store.Cloud.Now;
        var execution = guests.Start(machine, script, timeout);
        var isAsync = properties.Flag("asyncExecution");
        properties["instanceView"] = View("Running", started);
        var running = new ArmOperation(machine.Location, OperationKind, new OperationTime(Store.Cloud.Options, started, execution.Duration, isBackground: true))
        {
            Complete = () =>
            {
                var outcome = execution.End();
                Finish(command, outcome, started + execution.Duration, write(outcome));
            },
            Cancelled = () =>
            {
                execution.Cancel();
                Finish(command, new ScriptOutcome("Canceled", -1, "", ""), Store.Cloud.Now);
            },
        };
        _running[command] = running;
        machine.Background.Add(running);
        command.Background.Add(running);
        return Create(
            request,
            command,
            status,
            status is HttpStatusCode.Created ? "Creating" : "Updating",
            () =>
            {
                if (!isAsync)
                {
                    running.Finish(Store.Cloud.Now);
                    CheckFailure(command);
                }
            });
    }

    /// <summary>Takes the signatures out of the addresses of outputs, and returns what writes there; it tells what went wrong.</summary>
    private Func<ScriptOutcome, string?> TakeOutputs(ArmResource command)
    {
        var properties = command.Properties;
        var (output, outputIdentity) = Take("outputBlob");
        var (error, errorIdentity) = Take("errorBlob");
        return outcome => _outputs.Append(output, outputIdentity, outcome.Output) ?? _outputs.Append(error, errorIdentity, outcome.Error);

        (string? Address, bool HasIdentity) Take(string name)
        {
            var address = properties.Text(name + "Uri");
            if (address is not null)
            {
                (command.OutputAddresses ??= [])[name + "Uri"] = address;
                properties[name + "Uri"] = address.Split('?')[0];
            }

            return (address, properties[name + "ManagedIdentity"] is not null);
        }
    }

    private static void CheckUser(ArmResource machine, string? user)
    {
        var known = machine.Properties.Text("osProfile", "adminUsername");
        if (user is not null && known is not null && !JsonReading.Same(user, known))
        {
            throw ArmException.InvalidParameter("runCommand.properties.runAsUser", "The user '" + user + "' does not exist on VM '" + machine.Name + "'.");
        }
    }

    private static void CheckFailure(ArmResource command)
    {
        var state = command.Properties.Text("instanceView", "executionState");
        if (state is not "Succeeded" && command.Properties.Flag("treatFailureAsDeploymentFailure"))
        {
            throw new ArmException(
                HttpStatusCode.Conflict,
                "VMExtensionProvisioningError",
                "VM has reported a failure when processing extension '" + command.Name + "'. Error message: 'Execution of script ended with state " + state + "'.");
        }
    }

    private void Finish(ArmResource command, ScriptOutcome outcome, DateTimeOffset ended, string? problem = null)
    {
        _running.Remove(command);
        var view = command.Properties.Child("instanceView");
        view["executionState"] = outcome.State;
        view["executionMessage"] = outcome.State switch
        {
            "Succeeded" => "Execution completed",
            "TimedOut" => "Script execution timed out. Script is terminated.",
            "Canceled" => "Execution was cancelled.",
            "Unknown" => "The VM agent has stopped reporting the execution state.",
            _ => "Command execution failed with exit code " + outcome.ExitCode.ToString(CultureInfo.InvariantCulture),
        };
        if (problem is not null)
        {
            view["executionMessage"] = view.Text("executionMessage") + ". The output could not be appended to its blob. " + problem;
        }

        view["exitCode"] = outcome.ExitCode;
        view["output"] = Tail(outcome.Output);
        view["error"] = Tail(outcome.Error);
        view["endTime"] = ended.ToString("O", CultureInfo.InvariantCulture);
    }

    private void Cancel(ArmResource command)
    {
        if (_running.TryGetValue(command, out var running))
        {
            running.Cancel(Store.Cloud.Now);
        }
    }
}
