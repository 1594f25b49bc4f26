using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.ResourceManager;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;

namespace AzImageTools.Services.Generalize;

/// <summary>
/// A managed run command of a machine: a script that Azure has the machine's agent run, as LocalSystem or root. What it prints comes back
/// only where the machine reaches Azure storage by 443, and of that the last 4,096 bytes: nothing is decided by it. To delete one that runs ends it.
/// </summary>
internal sealed class MachineCommand
{
    /// <summary>Tells one start from another.</summary>
    private const string StartTag = "azimagetools-start";

    private const int FirstServerError = 500;
    private const int MostTries = 4;
    private static readonly TimeSpan TimeBeforeLook = TimeSpan.FromSeconds(10);

    private readonly ImageSession _session;
    private readonly AzureLocation _location;

    /// <summary>A command that is not there yet.</summary>
    /// <param name="session">The session.</param>
    /// <param name="machine">The machine.</param>
    /// <param name="location">The machine's region.</param>
    /// <param name="name">The command's name.</param>
    public MachineCommand(ImageSession session, ResourceIdentifier machine, AzureLocation location, string name)
    {
        _session = session;
        _location = location;
        Id = VirtualMachineRunCommandResource.CreateResourceIdentifier(machine.SubscriptionId, machine.ResourceGroupName, machine.Name, name);
    }

    /// <summary>Its resource id.</summary>
    public ResourceIdentifier Id { get; }

    /// <summary>What starting it changes in Azure.</summary>
    /// <param name="userTags">Tags of the user's.</param>
    public ResourceChange Change(IReadOnlyDictionary<string, string>? userTags) => ResourceChange.Create(Id, _location, userTags);

    /// <summary>
    /// Starts a script, in the place of one that ran under the name before. Returns when it has been handed to the agent. A request whose answer was
    /// lost is not sent again where it has arrived: a second one would end the script that the first has started.
    /// </summary>
    /// <param name="script">The script.</param>
    /// <param name="parameter">Its parameter's name and value; null for none.</param>
    /// <param name="timeout">When the agent ends it, whatever it does.</param>
    /// <param name="run">The run.</param>
    /// <param name="userTags">Tags of the user's.</param>
    public Task StartAsync(GuestScript script, (string Name, string Value)? parameter, TimeSpan timeout, StepRun run, IReadOnlyDictionary<string, string>? userTags)
        => AzureErrors.CallAsync($"Starting the script {script.Id} in the virtual machine '{Id.Parent!.Name}'", Id.Parent.ToString(), async () =>
        {
            VirtualMachineRunCommandData data = new(_location)
            {
                Source = new VirtualMachineRunCommandScriptSource { Script = script.Text },
                AsyncExecution = true,
                TimeoutInSeconds = (int)timeout.TotalSeconds,
            };
            if (parameter is { } given)
            {
                data.Parameters.Add(new RunCommandInputParameter(given.Name, given.Value));
            }

            RunTag.Apply(data.Tags, userTags, run.RunId);
            RunTag.Set(data.Tags, StartTag, Guid.NewGuid().ToString("N"));
            for (int attempt = 1; ; attempt++)
            {
                try
                {
                    await SendAsync(data, run.Context).ConfigureAwait(false);
                    return;
                }
                catch (Exception failure) when (attempt < MostTries && AzureErrors.IsFromService(failure) && MayHaveArrived(failure))
                {
                    await run.Context.Time.Delay(_session.BetweenLooks(TimeBeforeLook), run.Cancellation).ConfigureAwait(false);
                    if (await HasArrivedAsync(data.Tags[StartTag], run.Cancellation).ConfigureAwait(false))
                    {
                        return;
                    }
                }
            }
        });

    /// <summary>The command of that beginning of a name that a machine's agent is at work on, whoever started it; null for none.</summary>
    /// <param name="session">The session.</param>
    /// <param name="machine">The machine.</param>
    /// <param name="location">The machine's region.</param>
    /// <param name="prefix">How its name begins.</param>
    /// <param name="context">Cancellation.</param>
    public static Task<MachineCommand?> FindRunningAsync(ImageSession session, ResourceIdentifier machine, AzureLocation location, string prefix, OperationContext context)
        => AzureErrors.CallAsync($"Listing the run commands of the virtual machine '{machine.Name}'", machine.ToString(), async () =>
        {
            await foreach (VirtualMachineRunCommandResource command in session.Arm.GetVirtualMachineResource(machine).GetVirtualMachineRunCommands()
                .GetAllAsync("instanceView", context.Cancellation).InBounds().ConfigureAwait(false))
            {
                if (command.Data.Name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase) && MachineCommandView.Of(command.Data.InstanceView).MayBeRunning)
                {
                    return new MachineCommand(session, machine, location, command.Data.Name);
                }
            }

            return null;
        });

    /// <summary>How it is doing.</summary>
    public Task<MachineCommandView> ReadAsync(OperationContext context)
        => AzureErrors.CallAsync($"Asking for the script in the virtual machine '{Id.Parent!.Name}'", Id.Parent.ToString(), async () =>
        {
            Response<VirtualMachineRunCommandResource> command = await Collection().GetAsync(Id.Name, "instanceView", context.Cancellation).ConfigureAwait(false);
            VirtualMachineRunCommandInstanceView? view = command.Value.Data.InstanceView;
            return MachineCommandView.Of(view);
        });

    /// <summary>Deletes it, where it is there and the run's.</summary>
    public Task DeleteAsync(StepRun run) => OwnResource.DeleteAsync(
        run,
        $"run command '{Id.Name}' of virtual machine '{Id.Parent!.Name}'",
        cancellation => Lookup.FindAsync(() => Collection().GetAsync(Id.Name, expand: null, cancellation)),
        command => command.Data.Tags,
        (command, cancellation) => command.DeleteAsync(WaitUntil.Started, cancellation));

    /// <summary>Deletes what runs of this machine that were killed left of their commands with these names.</summary>
    public static async Task DeleteLeftAsync(ImageSession session, GuestMachine machine, string prefix, StepRun run)
    {
        List<VirtualMachineRunCommandData> left = await AzureErrors.CallAsync($"Listing the run commands of the {machine.Description}", machine.Id.ToString(), async () =>
        {
            List<VirtualMachineRunCommandData> found = [];
            await foreach (VirtualMachineRunCommandResource command in session.Arm.GetVirtualMachineResource(machine.Id).GetVirtualMachineRunCommands().GetAllAsync(expand: null, run.Cancellation).InBounds().ConfigureAwait(false))
            {
                if (command.Data.Name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase) && KilledRun.Made(session, command.Data.Tags))
                {
                    found.Add(command.Data);
                }
            }

            return found;
        }).ConfigureAwait(false);
        foreach (VirtualMachineRunCommandData command in left)
        {
            await new MachineCommand(session, machine.Id, machine.Location, command.Name).DeleteAsync(run with { RunId = RunTag.Read(command.Tags)! }).ConfigureAwait(false);
        }
    }

    /// <summary>What failed without an answer, or in the service, may be under way.</summary>
    private static bool MayHaveArrived(Exception failure) => failure is not RequestFailedException { Status: > 0 and < FirstServerError };

    private async Task SendAsync(VirtualMachineRunCommandData data, OperationContext context)
    {
        ArmOperation<VirtualMachineRunCommandResource> operation;
        using (HttpPipeline.CreateHttpMessagePropertiesScope(new Dictionary<string, object?>(StringComparer.Ordinal) { [ServiceRetryPolicy.OnceProperty] = true }))
        {
            operation = await Collection().CreateOrUpdateAsync(WaitUntil.Started, Id.Name, data, context.Cancellation).ConfigureAwait(false);
        }

        await OperationWaiter.WaitAsync(operation, context).ConfigureAwait(false);
    }

    private async Task<bool> HasArrivedAsync(string start, CancellationToken cancellation)
        => await Lookup.FindAsync(() => Collection().GetAsync(Id.Name, expand: null, cancellation)).ConfigureAwait(false) is { } there
            && there.Data.Tags.TryGetValue(StartTag, out string? started) && started == start;

    private VirtualMachineRunCommandCollection Collection() => _session.Arm.GetVirtualMachineResource(Id.Parent!).GetVirtualMachineRunCommands();
}

/// <summary>How a command is doing, as its machine's agent tells.</summary>
/// <param name="State">Running, Succeeded, Failed, TimedOut, Canceled, Pending, Unknown; empty for nothing told.</param>
/// <param name="Output">What it printed, as far as it came back.</param>
/// <param name="Error">What it printed to the error stream.</param>
/// <param name="ExitCode">The script's, where it has ended.</param>
internal sealed record MachineCommandView(string State, string Output, string Error, int ExitCode)
{
    /// <summary>What the scripts that generalize end with where one of them is at work already.</summary>
    private const int AtWorkAlready = 12;

    /// <summary>Nothing is told.</summary>
    public static MachineCommandView None { get; } = new(string.Empty, string.Empty, string.Empty, ExitCode: 0);

    /// <summary>Whether the script did not begin, because another of it is at work.</summary>
    public bool IsAtWorkAlready => Is("Failed") && ExitCode == AtWorkAlready;

    /// <summary>Whether it is not known to have ended.</summary>
    public bool MayBeRunning => Is("Running") || Is("Pending");

    /// <summary>As Azure tells it.</summary>
    public static MachineCommandView Of(VirtualMachineRunCommandInstanceView? view)
        => view is null ? None : new MachineCommandView(view.ExecutionState?.ToString() ?? string.Empty, view.Output ?? string.Empty, view.Error ?? string.Empty, view.ExitCode ?? 0);

    /// <summary>Whether it has ended by itself.</summary>
    public bool HasEnded => Is("Succeeded") || HasFailed;

    /// <summary>Whether it has ended by itself, with an error.</summary>
    public bool HasFailed => Is("Failed");

    /// <summary>Whether nothing more will be heard of it.</summary>
    public bool IsLost => Is("TimedOut") || Is("Canceled") || Is("Unknown");

    private bool Is(string state) => string.Equals(State, state, StringComparison.OrdinalIgnoreCase);
}
