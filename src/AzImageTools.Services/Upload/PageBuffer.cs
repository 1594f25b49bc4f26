namespace AzImageTools.Services.Upload;

/// <summary>Room in memory for one chunk.</summary>
internal sealed class PageBuffer(PageBufferPool pool)
{
    /// <summary>The bytes.</summary>
    public byte[] Bytes { get; } = new byte[ChunkPlanner.ChunkSize];

    /// <summary>Gives it back to its pool.</summary>
    public void Release() => pool.Return(this);
}
