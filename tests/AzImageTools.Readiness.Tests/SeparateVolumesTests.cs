using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Images;
using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Rules;
using AzImageTools.TestKit;

namespace AzImageTools.Readiness.Tests;

/// <summary>A disk whose Linux lies on several volumes, made by mkfs and sgdisk.</summary>
public sealed class SeparateVolumesTests : IDisposable
{
    private const long MiB = 1 << 20;
    private const string BootUuid = "3e6be9de-8139-11d1-9106-a43f08d823a6";
    private const string CommandLine = "linux /vmlinuz console=ttyS0 earlyprintk=ttyS0 rootdelay=300\n";

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("UUID=" + BootUuid)]
    [InlineData("LABEL=start")]
    [InlineData("PARTUUID=11111111-2222-3333-4444-555555555555")]
    public async Task What_lies_on_another_volume_is_read_there(string boot)
    {
        ReadinessReport report = await JudgeAsync($"{boot} /boot ext4 defaults 0 2\n");

        Finding finding = Assert.Single(report.Findings, finding => finding.Id == "KernelCmdline");
        Assert.True(finding.Result == FindingResult.Pass, finding.ToString());
        Assert.Equal(FindingResult.Pass, Assert.Single(report.Findings, finding => finding.Id == "DhcpLeases").Result);
    }

    [Fact]
    public async Task What_lies_on_a_volume_that_the_disk_does_not_hold_is_undetermined()
    {
        ReadinessReport report = await JudgeAsync("UUID=00000000-0000-0000-0000-000000000001 /boot ext4 defaults 0 2\n/dev/mapper/vg-var /var xfs defaults 0 2\n");

        foreach (string id in new[] { "KernelCmdline", "DhcpLeases", "AgentState" })
        {
            Finding finding = Assert.Single(report.Findings, finding => finding.Id == id);
            Assert.True(finding.Result == FindingResult.Undetermined, finding.ToString());
            Assert.Contains(finding.Evidence, evidence => evidence.Seen.Contains("can't be read on this disk", StringComparison.Ordinal));
        }

        Assert.Equal("debian", report.Guest?.Distribution);
        Finding mounts = Assert.Single(report.Findings, static finding => finding.Id == "FstabMounts");
        Assert.True(mounts.Result == FindingResult.Fail && mounts.Evidence.Count == 2, mounts.ToString());
    }

    [Fact]
    public async Task A_volume_that_is_mounted_only_where_it_is_there_need_not_be_on_the_disk()
    {
        ReadinessReport report = await JudgeAsync("LABEL=start /boot ext4 defaults 0 2\nUUID=00000000-0000-0000-0000-000000000001 /data ext4 defaults,nofail 0 2\ntmpfs /tmp tmpfs defaults 0 0\n");

        Finding mounts = Assert.Single(report.Findings, static finding => finding.Id == "FstabMounts");
        Assert.True(mounts.Result == FindingResult.Pass, mounts.ToString());
    }

    private async Task<ReadinessReport> JudgeAsync(string fstab)
    {
        ExternalTool.SkipUnlessInstalled("mkfs.ext4", "sgdisk");
        string disk = _folder.File("disk.raw");
        await using (FileStream file = File.Create(disk))
        {
            file.SetLength(64 * MiB);
        }

        await ExternalTool.RunAsync("sgdisk", "-n", "1:2048:+16M", "-u", "1:11111111-2222-3333-4444-555555555555", "-n", "2:34816:+32M", disk);
        await ExternalTool.RunAsync("mkfs.ext4", "-q", "-F", "-U", BootUuid, "-L", "start", "-d", Tree("boot", ("grub/grub.cfg", CommandLine)), "-E", $"offset={MiB}", disk, "16M");
        string root = Tree(
            "root",
            ("etc/os-release", "ID=debian\n"),
            ("etc/fstab", fstab),
            ("etc/waagent.conf", "Provisioning.Agent=auto\n"),
            ("boot/grub/grub.cfg", "linux /hidden-below-the-mount quiet\n"));
        await ExternalTool.RunAsync("mkfs.ext4", "-q", "-F", "-d", root, "-E", $"offset={17 * MiB}", disk, "32M");

        using VirtualDisk opened = DiskOpener.Open(disk);
        using OfflineGuest guest = OfflineGuest.Open(new OpenedImage(opened));
        return ReadinessCheck.Run(guest, cancellationToken: TestContext.Current.CancellationToken);
    }

    private string Tree(string name, params (string Path, string Text)[] files)
    {
        string folder = _folder.File(name);
        foreach ((string path, string text) in files)
        {
            string file = Path.Combine(folder, path);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, text);
        }

        return folder;
    }
}
