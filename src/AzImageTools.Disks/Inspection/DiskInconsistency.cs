namespace AzImageTools.Disks.Inspection;

/// <summary>Something in a disk image that contradicts the image's format, or another part of the image.</summary>
public sealed record DiskInconsistency
{
    /// <summary>The image's full path.</summary>
    public required string Path { get; init; }

    /// <summary>The structure that it is in, such as "Block allocation table".</summary>
    public required string Structure { get; init => field = PrintableText.Of(value); }

    /// <summary>
    /// Where, in bytes: in the file for structures of the container, on the disk for those of a partition table; null
    /// where no single place is at fault.
    /// </summary>
    public long? Offset { get; init; }

    /// <summary>How bad it is.</summary>
    public required InconsistencySeverity Severity { get; init; }

    /// <summary>What is wrong, as a sentence.</summary>
    public required string Problem { get; init => field = PrintableText.Of(value); }

    /// <summary>The section of the specification whose rule is broken; null where there is none.</summary>
    public string? Rule { get; init => field = PrintableText.OfOptional(value); }

    /// <inheritdoc/>
    public override string ToString() => $"{Severity}: {Problem}";
}

/// <summary>How bad an inconsistency of a disk image is.</summary>
public enum InconsistencySeverity : long
{
    /// <summary>Nothing is lost; worth knowing.</summary>
    Note,

    /// <summary>Space of the file that nothing refers to: it is only wasted.</summary>
    Leak,

    /// <summary>The image contradicts itself or its format: data are lost, or may be read or overwritten wrongly.</summary>
    Error,
}
