using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Conversion;
using AzImageTools.Disks.Images;
using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Rules;
using AzImageTools.Readiness.Tests.Repair;

namespace AzImageTools.Readiness.Tests.Boots;

/// <summary>
/// Machines of QEMU's started from a Debian's disk: what readiness calls ready starts and tells Azure so, and what it blocks does not. A
/// start takes seconds where the processor runs machines, and half a minute and more where they are emulated: there only the first rows
/// are tried, unless AZIMAGETOOLS_BOOTS is "all".
/// </summary>
public sealed class BootTests(BootFolder folder) : IClassFixture<BootFolder>
{
    public static TheoryData<string> Faults => [.. BootFault.All.Select(static fault => fault.Name)];

    [Theory]
    [InlineData(Firmware.Bios, Controller.Ide)]
    [InlineData(Firmware.Bios, Controller.Scsi)]
    [InlineData(Firmware.Bios, Controller.Nvme)]
    [InlineData(Firmware.Uefi, Controller.Ide)]
    [InlineData(Firmware.Uefi, Controller.Scsi)]
    [InlineData(Firmware.Uefi, Controller.Nvme)]
    public async Task What_is_ready_starts_and_tells_Azure_so(Firmware firmware, Controller controller)
    {
        SkipUnlessTried(isBrief: false);
        BootDisk disk = await folder.CopyDiskAsync("ready.raw");
        ReadinessReport report = Judge(disk, firmware);
        Assert.Empty(report.Blockers);
        Assert.Equal(ReadinessVerdict.Ready, report.Verdict);

        BootResult result = await Machine.StartAsync(disk, firmware, controller, folder.Accelerator, shutsDown: true);
        Assert.True(result.Outcome == Outcome.Provisioned, $"{result}\n{Read(disk, "var/log/cloud-init.log")}");
        Assert.Contains($"\n{Fabric.UserName}:", Read(disk, "etc/passwd"), StringComparison.Ordinal);
        Assert.Contains("PRIVATE KEY", Read(disk, "etc/ssh/ssh_host_ed25519_key"), StringComparison.Ordinal);
    }

    /// <summary>A disk with everything wrong at once: it does not start, and once repaired does, as a machine of its own.</summary>
    [Theory]
    [InlineData(Firmware.Bios, Controller.Ide, false)]
    [InlineData(Firmware.Bios, Controller.Scsi, false)]
    [InlineData(Firmware.Bios, Controller.Nvme, false)]
    [InlineData(Firmware.Uefi, Controller.Ide, false)]
    [InlineData(Firmware.Uefi, Controller.Scsi, false)]
    [InlineData(Firmware.Uefi, Controller.Nvme, true)]
    public async Task A_faulty_machine_is_repaired_on_its_disk_and_starts_as_a_new_one(Firmware firmware, Controller controller, bool isBrief)
    {
        const string oldId = "0123456789abcdef0123456789abcdef\n";
        SkipUnlessTried(isBrief);
        BootDisk disk = await folder.CopyDiskAsync($"broken-{firmware}-{controller}.raw");
        await disk.WriteAsync("/boot/grub/grub.cfg", folder.Menu("root=UUID=deadbeef-0000-4000-8000-000000000000 ro console=tty0 console=ttyS0 initcall_blacklist=nvme_init ip=10.0.0.5::10.0.0.1:255.255.255.0 ds=nocloud cloud-init=disabled quiet"));
        await disk.WriteAsync("/etc/modprobe.d/hardening.conf", "# hardening\nblacklist hv_netvsc\nblacklist udf\n");
        await disk.WriteAsync("/etc/network/interfaces", "auto lo\niface lo inet loopback\nauto enp1s0\niface enp1s0 inet static\n  address 10.0.0.5\n  netmask 255.255.255.0\n  hwaddress 00:0c:29:12:34:56\n");
        await disk.WriteAsync("/etc/udev/rules.d/70-persistent-net.rules", "SUBSYSTEM==\"net\", ACTION==\"add\", ATTR{address}==\"00:0c:29:12:34:56\", NAME=\"eth0\"\n");
        await disk.WriteAsync("/etc/cloud/cloud.cfg.d/99-network.cfg", "network: {config: disabled}\n");
        await disk.WriteAsync("/etc/cloud/cloud.cfg.d/91-azure_datasource.cfg", "datasource_list: [ NoCloud, None ]\n");
        await disk.WriteAsync("/etc/fstab", BootDisk.Mounts + "UUID=deadbeef-0000-4000-8000-000000000000 /data ext4 defaults 0 2\n");
        await disk.WriteAsync("/etc/machine-id", oldId);
        await disk.WriteAsync("/etc/ssh/ssh_host_ed25519_key", "old");
        await disk.WriteAsync("/etc/hostname", "web01\n");
        BootDisk unrepaired = new(folder.Path("unrepaired.raw"));
        if (isBrief)
        {
            File.Copy(disk.Path, unrepaired.Path);
        }

        ReadinessOptions options = new() { Generation = firmware == Firmware.Uefi ? 2 : 1 };
        ReadinessReport before = OfflineRepair.Judge(disk.Path, options);
        string[] expected = ["RootDevice", "ProvisioningAgent", "CloudInit", "HyperVBlocked", "UdfVfat", "MachineNetwork", "UdevPersistentNet", "FstabMounts", "MachineId", "Hostname"];
        Assert.Empty(expected.Except(Failing(before)));
        TestContext.Current.TestOutputHelper?.WriteLine(string.Join('\n', OfflineRepair.Apply(disk.Path, options)));
        ReadinessReport after = OfflineRepair.Judge(disk.Path, options);
        Assert.Equal(ReadinessVerdict.Ready, after.Verdict);
        Assert.Equal(GeneralizationState.Generalized, after.Generalization);
        Assert.Subset(new HashSet<string> { "SignedLoaders" }, Failing(after));

        BootDisk written = new(folder.Path($"written-{firmware}-{controller}.vhd"));
        using (OpenedImage image = OfflineRepair.Open(disk.Path))
        {
            VhdConverter.Prepare(image, written.Path, new VhdConversionOptions { Force = true }).Run(cancellation: TestContext.Current.CancellationToken);
        }

        // Side by side: each is emulated by a processor or two.
        Task<BootResult> start = Machine.StartAsync(written, firmware, controller, folder.Accelerator, shutsDown: true);
        Outcome unrepairedOutcome = isBrief ? (await Machine.StartAsync(unrepaired, firmware, controller, folder.Accelerator)).Outcome : Outcome.NoRoot;
        BootResult result = await start;
        Assert.Equal(Outcome.NoRoot, unrepairedOutcome);
        Assert.True(result.Outcome == Outcome.Provisioned, $"{result}\n{Read(written, "var/log/cloud-init.log")}");
        Assert.Matches("^[0-9a-f]{32}\n$", Read(written, "etc/machine-id"));
        Assert.NotEqual(oldId, Read(written, "etc/machine-id"));
        Assert.Contains("PRIVATE KEY", Read(written, "etc/ssh/ssh_host_ed25519_key"), StringComparison.Ordinal);
        Assert.Equal(Fabric.HostName, Read(written, "etc/hostname").Trim());
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_fault_is_told_and_does_what_is_told(string name)
    {
        BootFault fault = BootFault.All.Single(fault => fault.Name == name);
        SkipUnlessTried(fault.IsBrief);
        BootDisk disk = await folder.CopyDiskAsync("faulty.raw");
        await fault.Apply(folder, disk);

        ReadinessReport report = Judge(disk, fault.Firmware);
        string failing = string.Join('\n', report.Findings.Where(static finding => finding.Result is FindingResult.Fail or FindingResult.Undetermined));
        if (fault.Rule is null)
        {
            Assert.True(report.Verdict == ReadinessVerdict.Ready, failing);
        }
        else
        {
            Finding finding = report.Findings.Single(finding => finding.Id == fault.Rule);
            Assert.True(finding.Result == FindingResult.Fail && finding.Severity == fault.Severity, failing);
        }

        BootResult result = await Machine.StartAsync(disk, fault.Firmware, fault.Controller, folder.Accelerator, fault.Longest);
        Assert.True(result.Outcome == fault.Outcome, $"{failing}\n{result}");
    }

    private static HashSet<string> Failing(ReadinessReport report)
        => [.. report.Findings.Where(static finding => finding.Result == FindingResult.Fail && finding.Severity != FindingSeverity.Information).Select(static finding => finding.Id)];

    /// <summary>A file as our own reader finds it after the machine's end.</summary>
    private static string Read(BootDisk disk, string path)
    {
        using OpenedImage image = OpenedImage.Open(disk.Path);
        using OfflineGuest guest = OfflineGuest.Open(image);
        return guest.ReadText(path) ?? string.Empty;
    }

    private static ReadinessReport Judge(BootDisk disk, Firmware firmware)
    {
        using VirtualDisk opened = DiskOpener.Open(disk.Path);
        using OpenedImage image = new(opened);
        using OfflineGuest guest = OfflineGuest.Open(image);
        return ReadinessCheck.Run(guest, new ReadinessOptions { Purpose = ReadinessPurpose.AzureUpload, Generation = firmware == Firmware.Uefi ? 2 : 1 }, TestContext.Current.CancellationToken);
    }

    private void SkipUnlessTried(bool isBrief)
    {
        folder.SkipUnlessMade();
        Assert.SkipUnless(
            isBrief || Environment.GetEnvironmentVariable("AZIMAGETOOLS_BOOTS") == "all" || (folder.Accelerator == "kvm" && Environment.GetEnvironmentVariable("CI") is null),
            $"starting all machines takes minutes ({folder.Accelerator}): AZIMAGETOOLS_BOOTS=all tries all");
    }
}
