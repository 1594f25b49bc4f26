namespace AzImageTools.Services.Plans;

/// <summary>What happens to a step's work when the plan fails or is cancelled at that step or a later one.</summary>
public enum FailureAction
{
    /// <summary>It is undone.</summary>
    Undo,

    /// <summary>It stays, because it is wanted anyway or can't be undone.</summary>
    Keep,

    /// <summary>It stays, so that running the same command again continues from it.</summary>
    Resume,
}
