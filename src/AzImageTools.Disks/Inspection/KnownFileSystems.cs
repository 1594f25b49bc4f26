using AzImageTools.Disks.Volumes;

namespace AzImageTools.Disks.Inspection;

/// <summary>Where the file systems that are read plug in. There are none so far.</summary>
internal static class KnownFileSystems
{
    public static IFileSystem? TryOpen(IByteSource content) => null;
}
