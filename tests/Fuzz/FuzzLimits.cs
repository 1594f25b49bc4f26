namespace AzImageTools.Fuzz;

/// <summary>What one execution may cost.</summary>
/// <param name="Time">How long it may take until it counts as hanging.</param>
/// <param name="Processor">How much of a processor's time it may take.</param>
/// <param name="Bytes">How many bytes it may allocate in all, kept or not.</param>
internal sealed record FuzzLimits(TimeSpan Time, TimeSpan Processor, long Bytes)
{
    public static FuzzLimits Default { get; } = new(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(2), 256L << 20);
}
