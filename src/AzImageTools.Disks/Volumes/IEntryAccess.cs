using System.Runtime.InteropServices;

namespace AzImageTools.Disks.Volumes;

/// <summary>
/// What a file system offers beside <see cref="IFileSystem"/> where an entry that it listed leads straight to the file: at once, and
/// also where a name holds what stands between names, or differs from another in nothing that a path can tell.
/// </summary>
internal interface IEntryAccess
{
    /// <summary>What a folder holds, as <see cref="IFileSystem.Enumerate"/>; the entry is no link and has a location of this file system.</summary>
    IEnumerable<FileSystemEntry> EnumerateAt(FileSystemEntry folder);

    /// <summary>A file's content, as <see cref="IFileSystem.OpenFile"/>; the entry is no link and has a location of this file system.</summary>
    Stream OpenAt(FileSystemEntry file);
}

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
