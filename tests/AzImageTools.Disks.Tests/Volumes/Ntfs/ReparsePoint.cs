using System.Buffers.Binary;
using System.Text;

namespace AzImageTools.Disks.Tests.Volumes.Ntfs;

/// <summary>Makes reparse points as Windows stores them ([MS-FSCC] 2.1.2).</summary>
internal static class ReparsePoint
{
    /// <summary>A junction.</summary>
    /// <param name="target">The substitute name, such as <c>\??\C:\folder</c>.</param>
    public static byte[] Junction(string target) => Names(0xA000_0003, target, []);

    /// <summary>A symbolic link.</summary>
    /// <param name="target">The substitute name: with a drive, or relative.</param>
    /// <param name="isRelative">Whether it counts from the link's folder.</param>
    public static byte[] SymbolicLink(string target, bool isRelative) => Names(0xA000_000C, target, BitConverter.GetBytes(isRelative ? 1 : 0));

    /// <summary>A symbolic link of the Windows Subsystem for Linux.</summary>
    public static byte[] LinuxLink(string target) => Point(0xA000_001D, [2, 0, 0, 0, .. Encoding.UTF8.GetBytes(target)]);

    private static byte[] Names(uint tag, string target, byte[] flags)
    {
        // What is shown comes first here, so that the place of the other is not 0.
        byte[] shown = Encoding.Unicode.GetBytes("shown");
        byte[] substitute = Encoding.Unicode.GetBytes(target);
        byte[] header = new byte[8];
        BinaryPrimitives.WriteUInt16LittleEndian(header, (ushort)(shown.Length + 2));
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(2), (ushort)substitute.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(6), (ushort)shown.Length);
        return Point(tag, [.. header, .. flags, .. shown, 0, 0, .. substitute, 0, 0]);
    }

    private static byte[] Point(uint tag, byte[] data)
    {
        byte[] header = new byte[8];
        BinaryPrimitives.WriteUInt32LittleEndian(header, tag);
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(4), (ushort)data.Length);
        return [.. header, .. data];
    }
}
