namespace AzImageTools.Disks.Volumes.Ntfs.Compression;

/// <summary>Decodes chunks of known length, each by itself. An instance can be used again and again, by one thread at a time.</summary>
internal interface IChunkDecoder
{
    /// <summary>Decodes a chunk.</summary>
    /// <returns>False where the source is damaged or too short; the destination is undefined then.</returns>
    bool TryDecompress(ReadOnlySpan<byte> source, Span<byte> destination);
}
