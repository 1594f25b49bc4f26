using System.Text;

namespace AzImageTools.Disks.Volumes.Ext;

/// <summary>The path that a symbolic link holds, in its inode or in a block (ext4, "Symbolic Links").</summary>
internal static class SymbolicLink
{
    // PATH_MAX (path_resolution(7)).
    private const int MaximumTarget = 4096;

    public static string ReadTarget(ExtVolume volume, Inode link)
    {
        if (link.Length is <= 0 or > MaximumTarget)
        {
            throw volume.Damaged($"The symbolic link of inode {link.Number} is said to have {link.Length} bytes.", "ext4, Symbolic Links");
        }

        byte[] target = new byte[link.Length];
        if (target.Length < Inode.MapSize && !link.IsEncrypted)
        {
            link.Map.Span.Slice(0, target.Length).CopyTo(target);
        }
        else
        {
            volume.OpenContent(link, volume.Metadata, $"The symbolic link of inode {link.Number}").Read(0, target);
        }

        return Encoding.UTF8.GetString(target);
    }
}
