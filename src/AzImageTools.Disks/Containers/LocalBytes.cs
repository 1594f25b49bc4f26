using Microsoft.Win32.SafeHandles;

namespace AzImageTools.Disks.Containers;

/// <summary>The bytes of a file of this machine.</summary>
internal sealed class LocalBytes : IStoredBytes
{
    private readonly FileStream _stream;

    // Asked for once: FileStream moves the file's position each time that it gives it away.
    private readonly SafeFileHandle _handle;
    private readonly FileHoles _holes;

    /// <param name="stream">The file, which is closed with this.</param>
    public LocalBytes(FileStream stream)
    {
        _stream = stream;
        _handle = stream.SafeFileHandle;
        _holes = new FileHoles(_handle);
        Length = stream.Length;
    }

    public long Length { get; }

    public bool CountsReads => false;

    public IEnumerable<DiskExtent> GetDataRanges(long offset, long length) => _holes.GetDataRanges(offset, length);

    public void Prefetch(IEnumerable<DiskExtent> ranges)
    {
        // The operating system reads ahead in files.
    }

    public void Dispose() => _stream.Dispose();

#if NET
    public int ReadSome(long offset, Span<byte> destination) => RandomAccess.Read(_handle, destination, offset);
#else
    public int ReadSome(long offset, Span<byte> destination) => PositionalFile.ReadSome(_handle, offset, destination);
#endif
}
