namespace AzImageTools.Disks.Volumes.Ntfs;

/// <summary>An entry of a node of a folder's index.</summary>
/// <param name="File">The file; without meaning in a node's last entry.</param>
/// <param name="Name">Its name; null in a node's last entry, which only leads to names behind all others.</param>
/// <param name="Child">The number of the node with the names before this one; null where there is none.</param>
internal sealed record IndexEntry(FileReference File, FileName? Name, long? Child);
