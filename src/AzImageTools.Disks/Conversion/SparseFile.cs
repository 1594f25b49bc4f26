using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace AzImageTools.Disks.Conversion;

/// <summary>
/// A file that gets its content at any position from any thread. What is never written stays a hole where the file system
/// has holes, and reads as zeros everywhere.
/// </summary>
internal sealed class SparseFile : IDisposable
{
    private const uint SetSparse = 0x000900C4;

    private readonly FileStream _stream;
    private long _bytesWritten;
#if NET
    private bool _allocatesFirst;
#endif

    private SparseFile(FileStream stream)
    {
        _stream = stream;
#if NET
        _allocatesFirst = OperatingSystem.IsLinux() && IsOnExt(stream.Name);
#endif
    }

    /// <summary>How many bytes were written so far.</summary>
    public long BytesWritten => Interlocked.Read(ref _bytesWritten);

    /// <summary>Creates a file of a length; nobody else can open it until it is closed.</summary>
    /// <exception cref="IOException">The file is there, or can't be created.</exception>
    /// <param name="path">The file.</param>
    /// <param name="length">Its length in bytes.</param>
    /// <param name="hasHoles">Whether it is marked as one with holes where that is needed: NTFS keeps none else.</param>
    public static SparseFile Create(string path, long length, bool hasHoles = true)
    {
        // A buffer of one byte switches FileStream's own buffering off.
        FileStream stream = new(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, bufferSize: 1);
        try
        {
            if (OperatingSystem.IsWindows() && hasHoles)
            {
                // Where it fails the file system has no holes, and the file takes the room of its whole length.
                DeviceIoControl(stream.SafeFileHandle, SetSparse, IntPtr.Zero, 0, IntPtr.Zero, 0, out _, IntPtr.Zero);
            }

            stream.SetLength(length);
            return new SparseFile(stream);
        }
        catch (ArgumentOutOfRangeException exception)
        {
            stream.Dispose();
            throw new IOException($"{path} can't have {length} bytes on its file system.", exception);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Opens a file that <see cref="Create"/> has made before; nobody else can open it until it is closed.</summary>
    /// <exception cref="IOException">The file is not there, or can't be opened.</exception>
    public static SparseFile Open(string path) => new(new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None, bufferSize: 1));

    /// <summary>The file's length in bytes.</summary>
    public long Length => _stream.Length;

    /// <summary>Fills a buffer from a position on.</summary>
    /// <exception cref="EndOfStreamException">The file ends before.</exception>
    public void Read(long offset, ArraySegment<byte> buffer)
    {
#if NET
        Span<byte> rest = buffer;
        while (rest.Length > 0)
        {
            int count = RandomAccess.Read(_stream.SafeFileHandle, rest, offset);
            rest = rest.Slice(count == 0 ? throw new EndOfStreamException() : count);
            offset += count;
        }
#else
        lock (_stream)
        {
            _stream.Position = offset;
            for (int done = 0; done < buffer.Count;)
            {
                int count = _stream.Read(buffer.Array!, buffer.Offset + done, buffer.Count - done);
                done += count == 0 ? throw new EndOfStreamException() : count;
            }
        }
#endif
    }

    /// <summary>Writes bytes at a position.</summary>
    public void Write(long offset, ReadOnlyMemory<byte> bytes)
    {
#if NET
        AllocateFirst(offset, bytes.Length);
        RandomAccess.Write(_stream.SafeFileHandle, bytes.Span, offset);
#else
        if (!MemoryMarshal.TryGetArray(bytes, out ArraySegment<byte> segment))
        {
            segment = new ArraySegment<byte>(bytes.ToArray());
        }

        lock (_stream)
        {
            _stream.Position = offset;
            _stream.Write(segment.Array!, segment.Offset, segment.Count);
        }
#endif
        Interlocked.Add(ref _bytesWritten, bytes.Length);
    }

    /// <summary>Writes what of a chunk is not zero; grains are those of the file, not of the chunk.</summary>
    public void WriteData(long offset, ReadOnlyMemory<byte> chunk)
    {
        foreach (DiskExtent run in DataGrains.FindRuns(offset, chunk.Span))
        {
            Write(offset + run.Offset, chunk.Slice((int)run.Offset, (int)run.Length));
        }
    }

    /// <summary>
    /// Waits until all that was written is on the device, which may take minutes. Who cancels does not wait but on Windows, where
    /// a file can't be removed meanwhile: the system writes on by itself, and what is left is closed then.
    /// </summary>
    /// <exception cref="OperationCanceledException">It is no longer waited for.</exception>
    public void FlushToDevice(CancellationToken cancellation)
    {
        Task flush = Task.Run(() => _stream.Flush(flushToDisk: true), CancellationToken.None);
        Task.WaitAny([flush], Path.DirectorySeparatorChar == '/' ? cancellation : CancellationToken.None);
        flush.GetAwaiter().GetResult();
    }

    public void Dispose() => _stream.Dispose();

#if NET
    /// <summary>
    /// ext4 takes a write in half the time where its blocks are allocated, since it need not account for a later allocation page
    /// by page; XFS takes longer. Where it fails, the write tells why.
    /// </summary>
    private void AllocateFirst(long offset, long length)
    {
        if (_allocatesFirst && length > 0 && Allocate(_stream.SafeFileHandle, 0, offset, length) != 0)
        {
            _allocatesFirst = false;
        }
    }

    private static bool IsOnExt(string path)
        => new DriveInfo(Path.GetDirectoryName(path)!).DriveFormat.StartsWith("ext", StringComparison.Ordinal);

    [DllImport("libc", EntryPoint = "fallocate")]
    private static extern int Allocate(SafeFileHandle file, int mode, long offset, long length);
#endif

    [DllImport("kernel32.dll", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static extern bool DeviceIoControl(
        SafeFileHandle file, uint controlCode, IntPtr input, int inputSize, IntPtr output, int outputSize, out int bytesReturned, IntPtr overlapped);
}
