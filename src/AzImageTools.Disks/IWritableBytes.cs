namespace AzImageTools.Disks;

/// <summary>Bytes that can be changed where they lie: an overlay, or a part of one. A disk itself never is.</summary>
internal interface IWritableBytes
{
    /// <summary>Whether it can be written: a part of a disk can only where the disk is an overlay.</summary>
    bool CanWrite { get; }

    /// <summary>Changes bytes; the range lies within the source.</summary>
    /// <param name="offset">The position of the first byte.</param>
    /// <param name="bytes">The bytes.</param>
    void Write(long offset, ReadOnlySpan<byte> bytes);
}
