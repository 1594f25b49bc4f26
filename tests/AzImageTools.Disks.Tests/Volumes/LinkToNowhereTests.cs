using AzImageTools.Disks.Inspection;
using AzImageTools.Disks.Volumes;
using AzImageTools.Disks.Volumes.Ntfs;

namespace AzImageTools.Disks.Tests.Volumes;

/// <summary>A link whose target is missing is listed and has an entry, and is no file that could be opened.</summary>
public class LinkToNowhereTests
{
    private static readonly Links Volume = new();

    [Fact]
    public void A_link_that_leads_nowhere_is_no_file_to_open() => Assert.Null(Volume.TryOpenFile("link"));

    [Fact]
    public void A_hibernation_file_that_is_a_link_to_nowhere_makes_the_volume_one_that_may_be_hibernated()
        => Assert.Contains("leads nowhere", HibernationFile.FindReason(Volume), StringComparison.Ordinal);

    [Fact]
    public void A_hive_that_is_a_link_to_nowhere_is_a_hive_that_is_not_there()
    {
        using WindowsHives hives = Assert.IsType<WindowsHives>(WindowsHives.Open(Volume));
        Assert.Null(hives.System);
        Assert.Null(hives.ControlSetName);
    }

    [Fact]
    public void A_boot_configuration_that_is_a_link_to_nowhere_is_none() => Assert.Null(BootConfiguration.Open([Volume]));

    /// <summary>A volume on which every path is a link to a file that is not there.</summary>
    private sealed class Links : IFileSystem
    {
        public FileSystemKind Kind => FileSystemKind.Ntfs;

        public string Label => string.Empty;

        public long Capacity => 1 << 20;

        public long? FreeBytes => null;

        public bool? IsDirty => null;

        public FileSystemEntry? GetEntry(string path) => new() { Name = "link", Path = path, IsDirectory = false, IsLink = true, LinkTarget = "missing", Length = 0 };

        public IEnumerable<FileSystemEntry> Enumerate(string path) => [];

        public Stream OpenFile(string path) => throw new FileNotFoundException(path);

        public IEnumerable<DiskExtent> GetFreeExtents() => [];
    }
}
