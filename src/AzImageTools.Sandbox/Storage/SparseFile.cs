using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace AzImageTools.Sandbox.Storage;

/// <summary>A file of a fixed length that costs disk space only where it was written. Reads and writes are positional and thread-safe.</summary>
internal sealed class SparseFile : IDisposable
{
    private const uint FsctlSetSparse = 0x000900C4;

#if NET
    private readonly SafeFileHandle _handle;
#else
    private readonly FileStream _stream;
#endif

    private SparseFile(string path, long length, FileStream stream)
    {
        Path = path;
        Length = length;
        try
        {
            MarkSparse(stream.SafeFileHandle);
            stream.SetLength(length);
        }
        catch (ArgumentOutOfRangeException error)
        {
            stream.Dispose();
            throw new IOException("The file system takes no file of this length.", error);
        }
        catch
        {
            stream.Dispose();
            throw;
        }

#if NET
        stream.Dispose();
        _handle = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
#else
        _stream = stream;
#endif
    }

    public string Path { get; }

    /// <summary>In bytes.</summary>
    public long Length { get; private set; }

    /// <summary>Makes a file that is not there yet.</summary>
    public static SparseFile Create(string path, long length)
    {
        var stream = OpenStream(path, FileMode.CreateNew);
        try
        {
            return new SparseFile(path, length, stream);
        }
        catch
        {
            File.Delete(path);
            throw;
        }
    }

    /// <summary>Opens a file that is there, and cuts or lengthens it.</summary>
    public static SparseFile Open(string path, long length) => new(path, length, OpenStream(path, FileMode.Open));

    public int Read(long offset, Span<byte> destination)
    {
#if NET
        return RandomAccess.Read(_handle, destination, offset);
#else
        var buffer = new byte[destination.Length];
        lock (_stream)
        {
            _stream.Position = offset;
            var read = _stream.Read(buffer, 0, buffer.Length);
            buffer.AsSpan(0, read).CopyTo(destination);
            return read;
        }
#endif
    }

    public void Write(long offset, byte[] buffer, int count)
    {
#if NET
        RandomAccess.Write(_handle, buffer.AsSpan(0, count), offset);
#else
        lock (_stream)
        {
            _stream.Position = offset;
            _stream.Write(buffer, 0, count);
            _stream.Flush();
        }
#endif
    }

    public void SetLength(long length)
    {
#if NET
        RandomAccess.SetLength(_handle, length);
#else
        lock (_stream)
        {
            _stream.SetLength(length);
        }
#endif
        Length = length;
    }

    public void Dispose()
    {
#if NET
        _handle.Dispose();
#else
        _stream.Dispose();
#endif
    }

    private static FileStream OpenStream(string path, FileMode mode)
        => new(path, mode, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, bufferSize: 1);

    /// <summary>NTFS allocates a file's whole length unless told otherwise; elsewhere a hole is the default. A file system without holes just uses more space.</summary>
    private static void MarkSparse(SafeFileHandle handle)
    {
        if (OperatingSystem.IsWindows())
        {
            _ = DeviceIoControl(handle, FsctlSetSparse, IntPtr.Zero, 0, IntPtr.Zero, 0, out _, IntPtr.Zero);
        }
    }

    [DllImport("kernel32.dll", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static extern bool DeviceIoControl(
        SafeFileHandle device, uint code, IntPtr input, int inputSize, IntPtr output, int outputSize, out int returned, IntPtr overlapped);
}
