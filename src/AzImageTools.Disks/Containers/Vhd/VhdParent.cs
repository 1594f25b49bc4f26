namespace AzImageTools.Disks.Containers.Vhd;

/// <summary>
/// Finds the disk that a differencing VHD goes back to, and makes sure that it is that one and was not changed since
/// (VHD specification 1.0, "Identifying the Parent Hard Disk Image").
/// </summary>
internal static class VhdParent
{
    private const string Rule = "VHD specification 1.0, Dynamic Disk Header Format";
    private const string Role = "parent disk";

    // A file's time may be kept in steps of 2 seconds (FAT), and be rounded either way.
    private const long TimeStampTolerance = 2;

    /// <summary>What a differencing VHD says of its parent.</summary>
    public static ParentReference ReadReference(DiskFile file, DynamicHeader header)
    {
        string name = header.ParentUnicodeName;
        foreach (uint platform in new[] { ParentLocatorEntry.WindowsRelative, ParentLocatorEntry.WindowsAbsolute })
        {
            foreach (ParentLocatorEntry locator in header.ParentLocators.Where(entry => name.Length == 0 && entry.PlatformCode == platform))
            {
                name = locator.ReadName(file);
            }
        }

        return new ParentReference(name, header.ParentUniqueId);
    }

    /// <summary>Opens the parent.</summary>
    /// <param name="file">The differencing VHD.</param>
    /// <param name="footer">Its footer.</param>
    /// <param name="header">Its dynamic disk header.</param>
    /// <param name="parents">Where the parent may be.</param>
    /// <param name="problem">What speaks against the parent without ruling it out; null where nothing does.</param>
    public static VirtualDisk Open(DiskFile file, Footer footer, DynamicHeader header, ParentLocation parents, out string? problem)
    {
        ParentReference reference = ReadReference(file, header);
        VirtualDisk parent = parents.Open(reference.StoredPath, Role, DiskFormat.Vhd);
        try
        {
            problem = Check(file, footer, header, reference, parent, parents.IsGiven);
            return parent;
        }
        catch
        {
            parent.Dispose();
            throw;
        }
    }

    private static string? Check(DiskFile file, Footer footer, DynamicHeader header, ParentReference reference, VirtualDisk parent, bool isGiven)
    {
        if (!reference.Identifies(parent.Identifier))
        {
            throw new DiskFormatException(
                file.Path,
                (long)footer.DataOffset + 40,
                $"{parent.Path} is not this disk's parent: its identifier is {parent.Identifier}, not {reference.Identifier}. Give the right one with -ParentPath.",
                Rule);
        }

        if (parent.Capacity != footer.CurrentSize)
        {
            throw new DiskFormatException(
                file.Path,
                file.Length - Footer.Size + 48,
                $"The disk has {footer.CurrentSize} bytes, but its parent {parent.Path} has {parent.Capacity}.",
                Rule);
        }

        if (WasChanged(header, parent))
        {
            string problem = $"{parent.Path} seems to have been changed since this disk was made from it: its time stamp is another.";
            return isGiven
                ? problem
                : throw new DiskFormatException(
                    file.Path, (long)footer.DataOffset + 56, $"{problem} If it was only copied, say that it is the right one: give its folder with -ParentPath.", Rule);
        }

        return null;
    }

    /// <summary>
    /// Whether the parent's time stamp is another. By the specification it is that of the file's last change; there are
    /// writers that take the one in the parent's footer, and writers that leave it out.
    /// </summary>
    private static bool WasChanged(DynamicHeader header, VirtualDisk parent)
    {
        if (header.ParentTimeStamp == 0 || (parent is VhdDisk vhd && IsClose(vhd.Footer.TimeStamp)))
        {
            return false;
        }

        return !IsClose(new DateTimeOffset(System.IO.File.GetLastWriteTimeUtc(parent.Path), TimeSpan.Zero));

        bool IsClose(DateTimeOffset time) => Math.Abs((time - Footer.Epoch).TotalSeconds - header.ParentTimeStamp) < TimeStampTolerance;
    }
}
