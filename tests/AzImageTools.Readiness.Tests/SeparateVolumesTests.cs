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

    [Theory]
    [InlineData("none of the files", null, "8300", FindingResult.Fail)]
    [InlineData("none of the files, beside a partition for a boot sector", null, "ef02", FindingResult.Fail)]
    [InlineData("none of the files, on a volume that is mounted nowhere", "away", "8300", FindingResult.Undetermined)]
    [InlineData("none of the files, beside a volume that is not read", "unread", "8300", FindingResult.Undetermined)]
    [InlineData("the kernel alone", "boot/vmlinuz-6.1.0", "8300", FindingResult.Undetermined)]
    [InlineData("the files below the mount alone", "root/boot/initrd.img-6.1.0", "8300", FindingResult.Undetermined)]
    public async Task Boot_entries_without_their_files_are_a_blocker_where_every_volume_was_looked_at(string state, string? there, string type, FindingResult expected)
    {
        ReadinessReport report = await JudgeAsync("LABEL=start /boot ext4 defaults 0 2\n", "linux /vmlinuz-6.1.0 root=LABEL=root\ninitrd /initrd.img-6.1.0\n", there, type);

        Finding finding = Assert.Single(report.Findings, static finding => finding.Id == "HyperVInitramfs");
        Assert.True((finding.Result, finding.Severity) == (expected, FindingSeverity.Blocker), $"{state}: {finding}");
        Assert.Equal(expected == FindingResult.Fail, finding.Evidence.Any(static evidence => evidence.ToString().Contains("names /vmlinuz-6.1.0 and /initrd.img-6.1.0", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("fcos")]
    [InlineData("uki")]
    [InlineData("alpine")]
    [InlineData("biosempty")]
    [InlineData("hvblack")]
    [InlineData("rootuuid")]
    [InlineData("shimalone")]
    [InlineData("ubautoinst")]
    [InlineData("sudoers")]
    public void A_disk_that_starts_in_whatever_layout_has_no_blocker_of_its_boot_files(string name)
    {
        string path = Path.Combine(RepositoryPaths.Samples, "reports", name + ".qcow2");
        Assert.SkipUnless(File.Exists(path), $"the sample {name} is not beside this checkout");
        using VirtualDisk opened = DiskOpener.Open(path);
        using OfflineGuest guest = OfflineGuest.Open(new OpenedImage(opened));

        ReadinessReport report = ReadinessCheck.Run(guest, cancellationToken: TestContext.Current.CancellationToken);

        Finding finding = Assert.Single(report.Findings, static finding => finding.Id == "HyperVInitramfs");
        Assert.True(finding.Result != FindingResult.Fail, finding.ToString());
    }

    private async Task<ReadinessReport> JudgeAsync(string fstab, string entries = CommandLine, string? there = null, string thirdType = "8300")
    {
        ExternalTool.SkipUnlessInstalled("mkfs.ext4", "sgdisk");
        string disk = _folder.File("disk.raw");
        await using (FileStream file = File.Create(disk))
        {
            file.SetLength(64 * MiB);
        }

        await ExternalTool.RunAsync("sgdisk", "-n", "1:2048:+16M", "-u", "1:11111111-2222-3333-4444-555555555555", "-n", "2:34816:+32M", "-n", "3:100352:+8M", "-t", $"3:{thirdType}", disk);
        await ExternalTool.RunAsync("mkfs.ext4", "-q", "-F", "-U", BootUuid, "-L", "start", "-d", Tree("boot", ("grub/grub.cfg", entries), (there == "boot/vmlinuz-6.1.0" ? "vmlinuz-6.1.0" : "other", "kernel")), "-E", $"offset={MiB}", disk, "16M");
        string root = Tree(
            "root",
            ("etc/os-release", "ID=debian\n"),
            ("etc/fstab", fstab),
            ("lib/modules/6.1.0/modules.dep", ""),
            ("etc/waagent.conf", "Provisioning.Agent=auto\n"),
            (there == "root/boot/initrd.img-6.1.0" ? "boot/initrd.img-6.1.0" : "boot/other", "initramfs"),
            ("boot/grub/grub.cfg", "linux /hidden-below-the-mount quiet\n"));
        await ExternalTool.RunAsync("mkfs.ext4", "-q", "-F", "-d", root, "-E", $"offset={17 * MiB}", disk, "32M");

        if (there != "unread" && thirdType == "8300")
        {
            await ExternalTool.RunAsync("mkfs.ext4", "-q", "-F", "-d", Tree("third", (there == "away" ? "vmlinuz-6.1.0" : "other", "kernel")), "-E", $"offset={49 * MiB}", disk, "8M");
        }

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
