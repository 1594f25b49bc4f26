namespace AzImageTools.Sandbox.Arm.Protocol;

/// <summary>What a virtual machine is up to. Used under the cloud's lock.</summary>
internal sealed class MachineState
{
    public const string Running = "running";
    public const string Stopped = "stopped";
    public const string Deallocated = "deallocated";

    /// <summary>As in the status <c>PowerState/…</c>.</summary>
    public string Power { get; set; } = Running;

    public bool IsGeneralized { get; set; }

    /// <summary>V1 or V2.</summary>
    public required string Generation { get; init; }

    public string? Architecture { get; init; }
}
