namespace AzImageTools.Disks.Containers;

/// <summary>
/// What a differencing disk says of the disk that it goes back to. It is the file's text: it is compared with names and
/// identifiers that are known, and never opened as a path.
/// </summary>
/// <param name="StoredPath">The parent's path or name, as the file has it.</param>
/// <param name="Identifier">The parent's unique identifier (VHD) or data write identifier (VHDX); empty where there is none.</param>
/// <param name="OtherIdentifier">Another identifier that will do as well; empty where there is none.</param>
internal sealed record ParentReference(string StoredPath, Guid Identifier, Guid OtherIdentifier = default)
{
    /// <summary>The parent's file name, without folders.</summary>
    public string FileName => ParentLocation.FileNameOf(StoredPath);

    /// <summary>Whether a disk's identifier is the parent's.</summary>
    public bool Identifies(Guid identifier) => identifier != Guid.Empty && (identifier == Identifier || identifier == OtherIdentifier);
}
