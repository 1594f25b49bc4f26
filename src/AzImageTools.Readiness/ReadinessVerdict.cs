namespace AzImageTools.Readiness;

/// <summary>Whether a guest is ready for a purpose.</summary>
public enum ReadinessVerdict
{
    /// <summary>No blocker failed, but the evidence of at least one is missing or doubtful, or the guest is of a kind that no rule knows.</summary>
    Undetermined,

    /// <summary>At least one blocker failed.</summary>
    NotReady,

    /// <summary>Every blocker that concerns the guest was looked at, and none failed. Warnings may have.</summary>
    Ready,
}
