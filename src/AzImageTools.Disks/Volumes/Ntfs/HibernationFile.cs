using System.Text;

namespace AzImageTools.Disks.Volumes.Ntfs;

/// <summary>
/// Whether a Windows on the volume, or one that has the volume in use, hibernates: then what Windows has in memory and not
/// on the disk goes on once it is resumed. A fast startup is a hibernation too.
/// </summary>
internal static class HibernationFile
{
    public const string Path = "hiberfil.sys";

    // ntfs-3g, ntfs_volume_check_hiberfile: a shorter file is that of a volume without Windows, in use by one that hibernates.
    private const int HeaderSize = 4096;
    private const int SignatureSize = 4;

    /// <summary>Why the volume must be taken for hibernated, as part of a sentence; null where it need not.</summary>
    /// <exception cref="DiskFormatException">The file system is damaged at the file.</exception>
    public static string? FindReason(IFileSystem files)
    {
        if (files.GetEntry(Path) is not { IsDirectory: false })
        {
            return null;
        }

        byte[] header = new byte[HeaderSize];
        using Stream? content = files.TryOpenFile(Path);
        if (content is null)
        {
            return $"its {Path} is a link that leads nowhere, which no Windows makes";
        }

        if (content.Length < HeaderSize)
        {
            return $"its {Path} is only {content.Length} bytes long, as that of a volume in use by a hibernated Windows";
        }

        for (int count = 0; count < HeaderSize;)
        {
            int read = content.Read(header, count, HeaderSize - count);
            count = read > 0 ? count + read : HeaderSize;
        }

        // PO_MEMORY_IMAGE begins with "HIBR" (older: "hibr"), and with "RSTR" or "wake" while, or after, Windows resumed from
        // it (Sylve et al., "Modern Windows hibernation file analysis", 2016). Windows 8 and later leave zeros behind.
        ReadOnlySpan<byte> signature = header.AsSpan(0, SignatureSize);
        bool isText = signature.ToArray().All(static b => b is > 0x20 and < 0x7F);
        return header.All(static b => b == 0) ? null
            : isText ? $"its {Path} begins with '{Encoding.ASCII.GetString(signature.ToArray())}': Windows hibernates, or was shut down for a fast startup"
            : $"its {Path} begins with neither zeros nor a signature that is known";
    }
}
