namespace AzImageTools.Services.Upload;

/// <summary>Room in memory for one chunk.</summary>
/// <param name="pool">Where it is from.</param>
/// <param name="bytes">The bytes.</param>
internal sealed class PageBuffer(PageBufferPool pool, ArraySegment<byte> bytes)
{
    /// <summary>The bytes.</summary>
    public ArraySegment<byte> Bytes => bytes;

    /// <summary>Gives it back to its pool.</summary>
    public void Release() => pool.Return(this);
}
