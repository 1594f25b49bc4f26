#if !NET
using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace AzImageTools.Disks.Containers;

/// <summary>
/// Reads a file at any position, from any thread: what RandomAccess does on .NET. A FileStream of .NET Framework has one position, which readers would have to
/// take turns at, and reads into arrays only, from which each byte would have to be copied again.
/// </summary>
internal static class PositionalFile
{
    private const int ErrorHandleEndOfFile = 38;
    private const int FacilityWin32 = unchecked((int)0x80070000);

    /// <summary>Reads some bytes from a position on, at least one; none at the end.</summary>
    /// <param name="file">An ordinary file, opened for synchronous reading. Its own position may move.</param>
    /// <param name="offset">The position, in bytes.</param>
    /// <param name="destination">Room for the bytes.</param>
    /// <exception cref="IOException">The system can't read it.</exception>
    public static unsafe int ReadSome(SafeFileHandle file, long offset, Span<byte> destination)
    {
        if (destination.Length == 0)
        {
            return 0;
        }

        fixed (byte* bytes = destination)
        {
            if (!OperatingSystem.IsWindows())
            {
                long count = ReadUnix(file, bytes, (UIntPtr)destination.Length, offset);
                return count >= 0 ? (int)count : throw Failure(Marshal.GetLastWin32Error(), facility: 0);
            }

            NativeOverlapped position = new() { OffsetLow = unchecked((int)offset), OffsetHigh = (int)(offset >> 32) };
            if (ReadWindows(file, bytes, destination.Length, out int read, &position))
            {
                return read;
            }

            int error = Marshal.GetLastWin32Error();
            return error == ErrorHandleEndOfFile ? 0 : throw Failure(error, FacilityWin32);
        }
    }

    private static IOException Failure(int error, int facility) => new(new Win32Exception(error).Message, facility | error);

    [DllImport("libc", EntryPoint = "pread", SetLastError = true)]
    private static extern unsafe long ReadUnix(SafeFileHandle file, byte* buffer, UIntPtr count, long offset);

    [DllImport("kernel32.dll", EntryPoint = "ReadFile", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static extern unsafe bool ReadWindows(SafeFileHandle file, byte* buffer, int count, out int read, NativeOverlapped* position);
}
#endif
