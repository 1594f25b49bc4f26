using System.Buffers.Binary;
using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace AzImageTools.Services.Tests.Upload;

/// <summary>Counts how often files of a folder are opened, by any process: the events of Linux' inotify.</summary>
internal sealed partial class FileOpens : IDisposable
{
    private const int NonBlocking = 0x800;
    private const uint Opened = 0x20;

    /// <summary>Closed, written or not: two events that are alike and follow each other would be told as one.</summary>
    private const uint Closed = 0x18;
    private const int HeaderLength = 16;
    private readonly SafeFileHandle _events;

    public FileOpens(string folder)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "inotify is Linux'.");
        _events = new SafeFileHandle(Init(NonBlocking), ownsHandle: true);
        if (_events.IsInvalid || Watch(_events, folder, Opened | Closed) < 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }
    }

    /// <summary>How often files whose names end so were opened since the last question.</summary>
    public int Count(string extension)
    {
        byte[] buffer = new byte[256 * 1024];
        int count = 0;
        for (nint length; (length = Read(_events, buffer, buffer.Length)) > 0;)
        {
            for (int offset = 0; offset < length;)
            {
                int nameLength = BinaryPrimitives.ReadInt32LittleEndian(buffer.AsSpan(offset + 12));
                string name = Encoding.UTF8.GetString(buffer, offset + HeaderLength, nameLength).TrimEnd('\0');
                bool isOpened = (BinaryPrimitives.ReadUInt32LittleEndian(buffer.AsSpan(offset + 4)) & Opened) != 0;
                count += isOpened && name.EndsWith(extension, StringComparison.Ordinal) ? 1 : 0;
                offset += HeaderLength + nameLength;
            }
        }

        return count;
    }

    public void Dispose() => _events.Dispose();

    [LibraryImport("libc", EntryPoint = "inotify_init1", SetLastError = true)]
    private static partial int Init(int flags);

    [LibraryImport("libc", EntryPoint = "inotify_add_watch", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Watch(SafeFileHandle events, string path, uint mask);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint Read(SafeFileHandle events, byte[] buffer, nint length);
}
