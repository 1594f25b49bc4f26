namespace AzImageTools.Disks.Volumes;

/// <summary>A file system whose files have extended attributes (xattr(7)).</summary>
public interface IExtendedAttributes
{
    /// <summary>Whether a file or folder has an attribute; null where that can't be told, or there is no such file.</summary>
    /// <param name="path">A path from the root; a link at its end is followed.</param>
    /// <param name="name">The attribute's name with its namespace (security, user, trusted), such as security.selinux.</param>
    /// <exception cref="DiskFormatException">The file system is damaged there.</exception>
    bool? HasAttribute(string path, string name);
}
