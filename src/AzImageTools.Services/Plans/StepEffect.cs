namespace AzImageTools.Services.Plans;

/// <summary>What a step does to its target.</summary>
public enum StepEffect
{
    /// <summary>The target comes into being.</summary>
    Creates,

    /// <summary>The target is there already and will be another afterwards.</summary>
    Changes,

    /// <summary>The target ceases to be.</summary>
    Deletes,
}
