using System.Runtime.InteropServices;

namespace AzImageTools.Disks.Volumes;

/// <summary>
/// Where a file system listed an entry: leads straight to the file, without the way through its folders. It is no part of what
/// the entry tells, so that all are equal.
/// </summary>
/// <param name="FileSystem">The file system, which alone knows what the number means; null where there is no such way.</param>
/// <param name="Number">The number that the file system knows the file by.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct EntryLocation(IFileSystem? FileSystem, ulong Number)
{
    public bool Equals(EntryLocation other) => true;

    public override int GetHashCode() => 0;
}
