namespace AzImageTools.Disks.Containers;

/// <summary>
/// What a differencing disk says of the disk that it goes back to. It is the file's text: it is compared with names and
/// identifiers that are known, and never opened as a path.
/// </summary>
/// <param name="FileName">The parent's file name, without folders.</param>
/// <param name="Identifier">The parent's unique identifier (VHD) or data write identifier (VHDX).</param>
internal sealed record ParentReference(string FileName, Guid Identifier);
