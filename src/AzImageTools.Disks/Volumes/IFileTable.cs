using System.Runtime.InteropServices;

namespace AzImageTools.Disks.Volumes;

/// <summary>
/// A file system that has what it knows of all its files in one table: to go through that takes a few long reads, where the folders of a volume
/// lie all over it.
/// </summary>
public interface IFileTable
{
    /// <summary>How many bytes the table has.</summary>
    long TableLength { get; }

    /// <summary>All names of files and folders in the table's order, without those of the file system's own files, and without short names for DOS. Enumerated lazily.</summary>
    /// <exception cref="DiskFormatException">The table is damaged.</exception>
    IEnumerable<TableName> EnumerateTable();
}

/// <summary>A name of a file or folder.</summary>
/// <param name="File">What it names, as a number that is the file's alone.</param>
/// <param name="Folder">The folder that it is in; null for the root.</param>
/// <param name="Name">The name.</param>
/// <param name="IsDirectory">Whether it names a folder.</param>
/// <param name="IsEncrypted">Whether the guest encrypts what it names.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct TableName(ulong File, ulong? Folder, string Name, bool IsDirectory, bool IsEncrypted);
