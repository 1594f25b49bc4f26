namespace AzImageTools.Fuzz;

/// <summary>What one execution may cost.</summary>
/// <param name="Time">How long it may take.</param>
/// <param name="Bytes">How many bytes it may allocate in all, kept or not.</param>
internal sealed record FuzzLimits(TimeSpan Time, long Bytes)
{
    public static FuzzLimits Default { get; } = new(TimeSpan.FromSeconds(10), 256L << 20);
}
