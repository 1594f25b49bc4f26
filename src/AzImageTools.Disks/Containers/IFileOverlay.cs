namespace AzImageTools.Disks.Containers;

/// <summary>Changes to a file that are held beside it and seen when it is read. Thread-safe.</summary>
internal interface IFileOverlay
{
    /// <summary>The length that the changed file has at least, in bytes.</summary>
    long Length { get; }

    /// <summary>Reads the changed file.</summary>
    void Read(long offset, Span<byte> destination);
}
