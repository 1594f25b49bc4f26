using AzImageTools.Disks.Images;
using AzImageTools.Disks.Inspection;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Inspection;

/// <summary>A system that ostree deploys is found in its folder, with what is mounted into it.</summary>
public sealed class OstreeDeploymentTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_deployment_written_last_is_the_root_with_the_volume_s_boot_and_var()
    {
        ExternalTool.SkipUnlessInstalled("mke2fs");
        string root = _folder.File("root");
        string old = Deploy(root, "0123.0", "41");
        string current = Deploy(root, "4567.0", "42");
        Directory.SetLastWriteTimeUtc(old, new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Directory.SetLastWriteTimeUtc(current, new DateTime(2026, 2, 1, 0, 0, 0, DateTimeKind.Utc));
        Write(root, "boot/loader.0/entries/ostree-1.conf", "options root=UUID=1\n");
        File.CreateSymbolicLink(Path.Combine(root, "boot/loader"), "loader.0");
        Write(root, "ostree/deploy/fedora-coreos/var/lib/cloud/instance", "x");
        string path = _folder.File("disk.img");
        await ExternalTool.RunAsync("mke2fs", "-q", "-t", "ext4", "-d", root, path, "8M");

        using OpenedImage image = OpenedImage.Open(path);

        Assert.Equal((GuestFamily.Linux, "fedora", "42"), (image.Guest!.Family, image.Guest.Distribution, image.Guest.Version));
        Assert.Empty(image.GuestProblems);
        Assert.Equal(["6.14.0"], image.Guest.KernelVersions);
        LinuxRoot linux = Assert.IsType<LinuxRoot>(image.Linux);
        Assert.Equal("ostree-1.conf", Assert.Single(linux.Files.Enumerate("boot/loader/entries")).Name);
        Assert.Equal(@"var\lib\cloud\instance", linux.Files.GetEntry("var/lib/cloud/instance")!.Path);
        Assert.Equal(@"etc\hostname", linux.Files.GetEntry("etc/hostname")!.Path);
        Assert.NotNull(linux.Files.GetEntry("sysroot/ostree/deploy"));
        Assert.Equal(["boot", "etc", "usr"], linux.Files.Enumerate(string.Empty).Select(static entry => entry.Path).Order(StringComparer.Ordinal));
        Assert.Null(linux.Files.GetEntry("lost+found"));
        Assert.False(((Disks.Volumes.IExtendedAttributes)linux.Files).HasAttribute("etc/hostname", "security.selinux"));
        using StreamReader reader = new(linux.Files.OpenFile("etc/os-release"));
        Assert.Contains("VERSION_ID=42", await reader.ReadToEndAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    private static string Deploy(string root, string name, string version)
    {
        string folder = $"ostree/deploy/fedora-coreos/deploy/{name}";
        Write(root, folder + "/usr/lib/os-release", $"ID=fedora\nVERSION_ID={version}\n");
        Write(root, folder + "/usr/lib/modules/6.14.0/modules.dep", "x");
        Write(root, folder + "/etc/hostname", "x\n");
        Directory.CreateDirectory(Path.Combine(root, folder, "boot"));
        File.CreateSymbolicLink(Path.Combine(root, folder, "etc/os-release"), "../usr/lib/os-release");
        return Path.Combine(root, folder);
    }

    private static void Write(string root, string path, string text)
    {
        string full = Path.Combine(root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
    }
}
