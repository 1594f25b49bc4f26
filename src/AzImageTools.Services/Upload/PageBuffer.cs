namespace AzImageTools.Services.Upload;

/// <summary>A chunk's bytes in memory. Goes back to its pool when all who were to use it have let it go.</summary>
internal sealed class PageBuffer(PageBufferPool pool)
{
    private int _users;

    /// <summary>Room for one chunk.</summary>
    public byte[] Bytes { get; } = new byte[ChunkPlanner.ChunkSize];

    /// <summary>Says how many will use it, each of whom calls <see cref="Release"/> once.</summary>
    public void Share(int users) => Volatile.Write(ref _users, users);

    /// <summary>One user needs it no more.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _users) == 0)
        {
            pool.Return(this);
        }
    }
}
