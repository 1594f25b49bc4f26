namespace AzImageTools.Disks.Volumes;

/// <summary>
/// A file's content that is stored in units, each of which is decoded by itself. An instance serves one stream, and is not
/// thread-safe.
/// </summary>
internal interface IUnitContent
{
    /// <summary>The content's bytes, decoded.</summary>
    long Length { get; }

    /// <summary>The decoded bytes of every unit but the last, which may be shorter.</summary>
    int UnitSize { get; }

    /// <summary>What reading may cost.</summary>
    ReadBudget Budget { get; }

    /// <summary>Decodes a unit.</summary>
    /// <param name="number">Its number; it begins at that many times <see cref="UnitSize"/>.</param>
    /// <param name="destination">As many bytes as the unit has.</param>
    void ReadUnit(long number, Span<byte> destination);
}
