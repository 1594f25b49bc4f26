using System.Net;
using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Arm.Catalogue;
using AzImageTools.Sandbox.Arm.Protocol;
using AzImageTools.Sandbox.Guests;
using AzImageTools.Sandbox.Storage.Keeping;

namespace AzImageTools.Sandbox.Arm;

/// <summary>What happens in the guests of machines: they come up or not, run scripts, are generalized. Used under the cloud's lock.</summary>
internal sealed class MachineGuests(ArmStore store) : IKeptPart
{
    private static readonly TimeSpan ScriptTime = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan GeneralizingTime = TimeSpan.FromMinutes(5);

    private readonly Dictionary<string, GuestFate> _fates = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>What scripts print that the sandbox knows by name, by machine and name, each run's in turn. Not kept.</summary>
    private readonly Dictionary<(string Machine, string Script), Queue<string>> _prints = [];

    public string Name => "guestFates";

    public JsonNode Save() => KeptJson.Save(_fates);

    public void Load(JsonNode saved)
    {
        foreach (var fate in KeptJson.Load<Dictionary<string, GuestFate>>(saved))
        {
            _fates.Add(fate.Key, fate.Value);
        }
    }

    /// <summary>Decides what becomes of the guest of a machine that is there or will be.</summary>
    public void SetFate(string machineId, GuestFate fate) => _fates["/" + machineId.Trim('/')] = fate;

    /// <summary>Decides what a script prints when it is run on a machine, each time the next; then nothing again.</summary>
    public void SetPrints(string machineId, string script, IEnumerable<string> prints) => _prints[(KeyOf(machineId), script)] = new Queue<string>(prints);

    /// <summary>The guest on a machine's OS disk; null for one that is not known: it is believed to be well.</summary>
    public Guest? GuestOf(ArmResource machine) => machine.Machine!.Guest.Recognize(OsDisk(machine)?.OsDisk);

    /// <summary>The first start of a machine; throws what its provisioning fails with.</summary>
    public void Provision(ArmResource machine)
    {
        var run = machine.Machine!.Guest;
        var guest = GuestOf(machine);

        // Only what was made from a generalized image has a profile, and is waited for.
        var isFromImage = machine.Properties["osProfile"] is not null;
        var comesUp = ComesUp(machine, guest);
        if (!isFromImage)
        {
            run.IsAgentReady = comesUp && guest is not { IsGeneralized: true } && FateOf(machine) is not GuestFate.AgentDies;
            return;
        }

        if (!comesUp)
        {
            run.IsAgentReady = false;
            throw Fail(run, ProvisioningErrors.TimedOut(machine.Name));
        }

        if (guest is { IsGeneralized: false })
        {
            run.IsAgentReady = true;
            throw Fail(run, ProvisioningErrors.NotGeneralized(machine.Name));
        }

        if (guest?.Provisioned is { } provisioned)
        {
            Swap(machine, provisioned);
        }

        run.IsAgentReady = FateOf(machine) is not GuestFate.AgentDies;
    }

    /// <summary>Another start of a machine that was made before.</summary>
    public void Boot(ArmResource machine)
    {
        var guest = GuestOf(machine);
        var comesUp = ComesUp(machine, guest);

        // A generalized Linux sets itself up again; a generalized Windows waits for somebody to answer its questions.
        if (comesUp && guest is { IsGeneralized: true, IsWindows: false, Provisioned: { } provisioned })
        {
            Swap(machine, provisioned);
            guest = Guest.Find(provisioned);
        }

        machine.Machine!.Guest.IsAgentReady = comesUp && guest is not { IsGeneralized: true } && FateOf(machine) is not GuestFate.AgentDies;
    }

    /// <summary>Refuses what needs an agent that answers.</summary>
    public static void CheckAgent(ArmResource machine)
    {
        if (!machine.Machine!.Guest.IsAgentReady)
        {
            throw AgentSilent(machine);
        }
    }

    /// <summary>The agent does not report, or not any more.</summary>
    public static ArmException AgentSilent(ArmResource machine) => new ArmException(
        HttpStatusCode.Conflict,
        "VMAgentStatusCommunicationError",
        "VM '" + machine.Name + "' has not reported status for VM agent or extensions. Verify that the OS is up and healthy, the VM has a running VM agent, and that it can establish "
        + "outbound connections to Azure storage. Please refer to https://aka.ms/vmextensionlinuxtroubleshoot for additional VM agent troubleshooting information.");

    /// <summary>Starts a script in a guest whose agent answers.</summary>
    /// <param name="machine">Whose guest.</param>
    /// <param name="text">The script.</param>
    /// <param name="timeout">When it is given up.</param>
    public ScriptExecution Start(ArmResource machine, string text, TimeSpan timeout)
    {
        var known = GuestScript.Read(text);
        if (known is not { Generalizes: true })
        {
            return new ScriptExecution(ScriptTime < timeout ? ScriptTime : timeout, () => ScriptTime < timeout ? ScriptOutcome.Succeeded(Print(machine, known)) : TimedOut(), () => { });
        }

        var fate = FateOf(machine);
        var endures = fate is GuestFate.Hangs || GeneralizingTime >= timeout;

        // What is stopped in the middle is neither what it was nor generalized.
        Action breaks = () => Swap(machine, GuestOf(machine)?.Hung);
        return new ScriptExecution(
            endures ? timeout : GeneralizingTime,
            () =>
            {
                if (!endures)
                {
                    return Generalize(machine, fate);
                }

                breaks();
                return TimedOut();
            },
            breaks);
    }

    private static string KeyOf(string machineId) => "/" + machineId.Trim('/').ToUpperInvariant();

    private string Print(ArmResource machine, GuestScript? script)
        => script is not null && _prints.TryGetValue((KeyOf(machine.Id), script.Id), out var prints) && prints.Count > 0 ? prints.Dequeue() : "";

    private static ScriptOutcome TimedOut() => new("TimedOut", -1, "", "");

    private static ArmException Fail(GuestRun run, ArmException error)
    {
        run.Failure = (error.Code, error.Message);
        return error;
    }

    private static bool IsNvme(ArmResource machine)
        => JsonReading.Same(machine.Properties.Text("storageProfile", "diskControllerType"), "NVMe")
            || Skus.FindMachine(machine.Properties.Text("hardwareProfile", "vmSize")) is { Controllers: ["NVMe"] };

    private GuestFate FateOf(ArmResource machine) => _fates.TryGetValue(machine.Id, out var fate) ? fate : GuestFate.Succeeds;

    private ScriptOutcome Generalize(ArmResource machine, GuestFate fate)
    {
        var run = machine.Machine!.Guest;
        var guest = GuestOf(machine);
        switch (fate)
        {
            case GuestFate.FailsOnAppPackage:
                Swap(machine, guest?.Refused);
                return ScriptOutcome.Failed(guest is { IsWindows: false }
                    ? "ERROR Deprovision: the package manager is locked by another process"
                    : "SYSPRP Package SandboxPublisher.Notes_1.0.0.0_x64__8wekyb3d8bbwe was installed for a user, but not provisioned for all users. "
                        + "This package will not function properly in the sysprep image.");
            case GuestFate.AgentDies:
                run.IsAgentReady = false;
                return new ScriptOutcome("Unknown", -1, "", "");
            case GuestFate.StopsWithoutGeneralizing:
                break;
            default:
                Swap(machine, guest?.Generalized);
                break;
        }

        machine.Machine!.Power = MachineState.Stopped;
        run.IsAgentReady = false;
        run.Write("[  OK  ] Reached target Power-Off.");
        return ScriptOutcome.Succeeded(fate is GuestFate.Succeeds ? guest is { IsWindows: true } ? "IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE" : "deprovisioned" : "");
    }

    /// <summary>Whether the guest starts; writes to the serial port what there is to see of it.</summary>
    private bool ComesUp(ArmResource machine, Guest? guest)
    {
        var state = machine.Machine!;
        var run = state.Guest;
        var isWindows = JsonReading.Same(machine.Properties.Text("storageProfile", "osDisk", "osType"), "Windows");
        var problem = FateOf(machine) is GuestFate.DoesNotBoot ? SerialLog.NoRoot(isWindows)
            : guest is null ? null
            : !guest.Generations.Contains(state.Generation, StringComparer.Ordinal) ? SerialLog.NoLoader(state.Generation)
            : IsNvme(machine) && !guest.Controllers.Contains("NVMe", StringComparer.Ordinal) ? SerialLog.NoRoot(isWindows)
            : machine.Properties.Flag("securityProfile", "uefiSettings", "secureBootEnabled") && !guest.IsSigned ? SerialLog.NotSigned()
            : guest.Disk is "windows-sysprep-hung" ? SerialLog.HalfGeneralized()
            : null;
        run.ShowsStopError = problem is not null && isWindows;
        run.Write(problem ?? SerialLog.Healthy(guest, machine));
        return problem is null;
    }

    /// <summary>Puts another state of the guest in the place of its disk; null leaves it as it is.</summary>
    private void Swap(ArmResource machine, string? guest)
    {
        if (guest is null || OsDisk(machine) is not { OsDisk: { } before } disk)
        {
            return;
        }

        // The bytes may be those of copies too: they are never changed, only replaced.
        disk.OsDisk = DiskPages.CreateGuest(store.Cloud, disk.Name, disk.Properties.Number("diskSizeBytes") ?? 0, guest);
        store.Release(before);
    }

    private ArmResource? OsDisk(ArmResource machine) => store.Find(machine.Properties.Text("storageProfile", "osDisk", "managedDisk", "id"));
}
