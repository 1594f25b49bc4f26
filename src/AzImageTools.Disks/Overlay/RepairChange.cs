namespace AzImageTools.Disks.Overlay;

/// <summary>One change to a disk, as it is kept beside it.</summary>
/// <param name="Made">When it was made.</param>
/// <param name="Description">What it changes, in a line.</param>
internal sealed record RepairChange(DateTimeOffset Made, string Description)
{
    /// <summary>The sum of the change and of all before it, as its file tells; null before it is kept.</summary>
    public string? Sum { get; init; }

    /// <summary>What of the disk, as it is without any change, was read to make it, with the SHA-256 of each part.</summary>
    public List<(DiskExtent Range, string Sum)> Basis { get; } = [];

    /// <summary>The bytes that it changes, in ascending order; what they were is what the changes before it had made of the disk.</summary>
    public List<OverlayChange> Writes { get; } = [];

    /// <summary>For how many bytes it was made.</summary>
    public long BytesRead => Basis.Sum(static part => part.Range.Length);

    /// <summary>How many bytes it writes.</summary>
    public long BytesWritten => Writes.Sum(static write => (long)write.After.Length);
}
