using AzImageTools.Disks.Images;
using AzImageTools.Disks.Volumes;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Volumes;

/// <summary>Extended attributes that Linux' own tools wrote.</summary>
public sealed class ExtendedAttributeTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("ext4, beside the inode's fields", "-I 256")]
    [InlineData("ext4, in a block of their own", "-I 128")]
    public async Task Attributes_of_ext4_are_found_where_they_lie(string name, string options)
    {
        ExternalTool.SkipUnlessInstalled("mke2fs", "debugfs");
        string path = _folder.File("ext.img");
        await ExternalTool.RunAsync("mke2fs", ["-q", "-t", "ext4", .. options.Split(' '), path, "4M"]);
        string file = _folder.File("file");
        await File.WriteAllTextAsync(file, name);
        string commands = _folder.File("commands");
        await File.WriteAllTextAsync(commands, $"write {file} labelled\nwrite {file} bare\nea_set labelled security.selinux system_u:object_r:etc_t:s0\nea_set labelled user.long {new string('x', 300)}\nea_set bare user.selinux x\n");
        await ExternalTool.RunAsync("debugfs", "-w", "-f", commands, path);

        AssertAttributes(path);
    }

    [Theory]
    [InlineData("in the inode", 0)]
    [InlineData("in a leaf", 40)]
    [InlineData("in many leaves", 400)]
    public async Task Attributes_of_XFS_are_found_where_they_lie(string name, int others)
    {
        ExternalTool.SkipUnlessInstalled("mkfs.xfs", "xfs_db");
        string path = _folder.File("xfs.img");
        string file = _folder.File("file");
        await File.WriteAllTextAsync(file, name);
        string prototype = _folder.File("prototype");
        await File.WriteAllTextAsync(prototype, $"/none\n0 0\nd--755 0 0\nlabelled ---644 0 0 {file}\nbare ---644 0 0 {file}\n$\n");
        await ExternalTool.RunAsync("mkfs.xfs", "-q", "-f", "-p", prototype, "-d", $"file,name={path},size=320m");
        string[] set = [.. Enumerable.Range(0, others).Select(static index => $"attr_set -u -v 60 number{index}")];
        string[] commands = ["path /labelled", "attr_set -s -v 30 selinux", .. set, "path /bare", "attr_set -u -v 30 selinux"];
        await ExternalTool.RunAsync("xfs_db", ["-x", .. commands.SelectMany(static command => new[] { "-c", command }), path]);

        AssertAttributes(path);
    }

    private static void AssertAttributes(string path)
    {
        using OpenedImage image = OpenedImage.Open(path);
        IExtendedAttributes files = Assert.IsType<IExtendedAttributes>(Assert.Single(image.Volumes).FileSystem, exactMatch: false);
        Assert.True(files.HasAttribute("labelled", "security.selinux"));
        Assert.False(files.HasAttribute("labelled", "trusted.selinux"));
        Assert.False(files.HasAttribute("bare", "security.selinux"));
        Assert.True(files.HasAttribute("bare", "user.selinux"));
        Assert.False(files.HasAttribute(string.Empty, "security.selinux"));
        Assert.Null(files.HasAttribute("missing", "security.selinux"));
        Assert.Null(files.HasAttribute("labelled", "system.posix_acl_access"));
    }
}
