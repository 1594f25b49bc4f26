using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Images;
using AzImageTools.Disks.Inspection;
using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Rules;
using AzImageTools.TestKit;

namespace AzImageTools.Readiness.Tests;

/// <summary>Disks with the partitions of Flatcar (build_library/disk_layout.json), whose root is empty before the first start.</summary>
public sealed class FlatcarTests : IDisposable
{
    private const long MiB = 1 << 20;
    private const int UsrStart = 20;
    private const int OemStart = 60;
    private const int RootStart = 80;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_usr_that_can_be_read_names_the_system_and_its_agent_is_found_in_the_OEM_partition()
    {
        string disk = await MakeAsync();
        await FormatAsync(disk, UsrStart, 30, "usr", ("lib/os-release", "NAME=\"Flatcar Container Linux by Kinvolk\"\nID=flatcar\nVERSION_ID=2905.2.0\n"), ("lib/modules/5.10.77-flatcar/modules.builtin", "kernel/drivers/hv/hv_vmbus.ko\nkernel/drivers/scsi/hv_storvsc.ko\nkernel/drivers/net/hyperv/hv_netvsc.ko\n"));
        await FormatAsync(disk, OemStart, 16, "OEM", ("bin/waagent", "#!"), ("waagent.conf", "Provisioning.Agent=auto\n"), ("grub.cfg", "set linux_append=\"rootdelay=300\"\nset linux_console=\"console=ttyS0,115200n8 earlyprintk=ttyS0,115200\"\n"));

        ReadinessReport report = Judge(disk);

        Assert.Equal((GuestFamily.Linux, "flatcar", "2905.2.0"), (report.Guest?.Family, report.Guest?.Distribution, report.Guest?.Version));
        foreach (string id in new[] { "AgentInstalled", "ProvisioningAgent", "HyperVInitramfs", "KernelCmdline" })
        {
            Finding finding = Assert.Single(report.Findings, finding => finding.Id == id);
            Assert.True(finding.Result == FindingResult.Pass, finding.ToString());
        }
    }

    [Fact]
    public async Task A_usr_that_can_not_be_read_makes_a_Linux_of_which_what_lies_there_is_undetermined()
    {
        string disk = await MakeAsync();
        await using (FileStream file = File.OpenWrite(disk))
        {
            // Btrfs, "Superblock": the magic number lies 64 bytes into it, at 64 KiB.
            file.Position = (UsrStart * MiB) + 0x10040;
            await file.WriteAsync("_BHRfS_M"u8.ToArray(), TestContext.Current.CancellationToken);
        }

        ReadinessReport report = Judge(disk);

        Assert.Equal(GuestFamily.Linux, report.Guest?.Family);
        Assert.NotEqual(ReadinessVerdict.Ready, report.Verdict);
        Finding agent = Assert.Single(report.Findings, static finding => finding.Id == "AgentInstalled");
        Assert.True(agent.Result == FindingResult.Undetermined, agent.ToString());
        Assert.Contains("USR-A (Btrfs), which can't be read on this disk", agent.ToString(), StringComparison.Ordinal);
        using OpenedImage image = OpenedImage.Open(disk, cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(GuestFamily.Linux, image.Guest?.Family);
    }

    private static ReadinessReport Judge(string path)
    {
        using VirtualDisk disk = DiskOpener.Open(path);
        using OfflineGuest guest = OfflineGuest.Open(new OpenedImage(disk));
        return ReadinessCheck.Run(guest, cancellationToken: TestContext.Current.CancellationToken);
    }

    private async Task<string> MakeAsync()
    {
        ExternalTool.SkipUnlessInstalled("mkfs.ext4", "mkfs.vfat", "sgdisk");
        string disk = _folder.File("disk.raw");
        await using (FileStream file = File.Create(disk))
        {
            file.SetLength(128 * MiB);
        }

        string[] arguments =
        [
            .. Partition(1, "EFI-SYSTEM", 2, 16, "EF00"),
            .. Partition(3, "USR-A", UsrStart, 30, "5DFBF5F4-2848-4BAC-AA5E-0D9A20B745A6"),
            .. Partition(4, "USR-B", 52, 4, "5DFBF5F4-2848-4BAC-AA5E-0D9A20B745A6"),
            .. Partition(6, "OEM", OemStart, 16, "0FC63DAF-8483-4772-8E79-3D69D8477DE4"),
            .. Partition(9, "ROOT", RootStart, 40, "3884DD41-8582-4404-B9A8-E9B84F2DF50E"),
        ];
        await ExternalTool.RunAsync("sgdisk", [.. arguments, disk]);
        await ExternalTool.RunAsync("mkfs.vfat", "-F", "16", "--offset", "4096", disk, "16384");
        await FormatAsync(disk, RootStart, 40, "ROOT");
        return disk;
    }

    private static string[] Partition(int number, string name, int start, int size, string type)
        => ["-n", $"{number}:{start * 2048}:+{size}M", "-c", $"{number}:{name}", "-t", $"{number}:{type}"];

    private async Task FormatAsync(string disk, int start, int size, string label, params (string Path, string Text)[] files)
    {
        string tree = Directory.CreateDirectory(_folder.File(label)).FullName;
        foreach ((string path, string text) in files)
        {
            string file = Path.Combine(tree, path);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            await File.WriteAllTextAsync(file, text, TestContext.Current.CancellationToken);
        }

        await ExternalTool.RunAsync("mkfs.ext4", "-q", "-F", "-L", label, "-d", tree, "-E", $"offset={start * MiB}", disk, $"{size}M");
    }
}
