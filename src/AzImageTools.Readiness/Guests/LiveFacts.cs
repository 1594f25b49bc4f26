namespace AzImageTools.Readiness.Guests;

/// <summary>What only a running machine can tell. A fact that was not gathered is null.</summary>
public sealed record LiveFacts
{
    /// <summary>How often Windows can still be rearmed (SoftwareLicensingService.RemainingWindowsReArmCount).</summary>
    public int? RemainingRearmCount { get; init; }

    /// <summary>Whether Sysprep would run as LocalSystem: who asks, not who gathered the evidence.</summary>
    public bool? RunsAsLocalSystem { get; init; }

    /// <summary>Whether the machine is a member of a domain (NetGetJoinInformation).</summary>
    public bool? IsDomainJoined { get; init; }

    /// <summary>The devices and files that a running Linux swaps to.</summary>
    public IReadOnlyList<string>? SwapDevices { get; init; }
}
