using AzImageTools.Readiness.Boot;
using AzImageTools.Readiness.Tests.Guests;
using static AzImageTools.Readiness.Boot.BootEvidenceSource;

namespace AzImageTools.Readiness.Tests.Boot;

/// <summary>Excerpts of logs, some published and some after the programs' known wording: each tells its cause, and the first one found is the one to put right first.</summary>
public sealed class BootDiagnosisTests
{
    /// <summary>Serial logs of Linux machines and of firmware, with where they were published.</summary>
    public static TheoryData<string, string, string> LinuxSerialLogs => new()
    {
        // Hyper-V's own firmware, as Microsoft's page of UEFI failures on Azure has it.
        { "BootLoaderMissing", "learn.microsoft.com: azure-linux-vm-uefi-boot-failures", "Virtual Machine Boot Summary\r\n1. Unknown Device\r\n   The boot loader did not load an operating system.\r\n2. SCSI Disk (0,0)\r\n   The boot loader did not load an operating system.\r\nNo operating system was loaded. Your virtual machine may be configured incorrectly." },
        { "BootLoaderMissing", "edk2 BdsDxe", "BdsDxe: failed to load Boot0001 \"UEFI Hard Drive\" from AcpiEx(@(#0xFFFFFFFF),VMBus,,): Not Found\nBdsDxe: No bootable option or device was found.\nBdsDxe: Press any key to enter the Boot Manager Menu." },
        { "BootLoaderMissing", "AMI BIOS of generation 1", "Boot failure. Reboot and Select proper Boot device\nor Insert Boot Media in selected Boot device" },
        { "SecureBootRefused", "edk2 BdsDxe", "BdsDxe: failed to load Boot0001 \"UEFI Hard Drive\" from AcpiEx(@(#0xFFFFFFFF),VMBus,,): Access Denied\nBdsDxe: No bootable option or device was found." },
        { "SecureBootRefused", "shim", "Bootloader has not verified loaded image.\nSystem is compromised.  halting.\nVerification failed: (0x1A) Security Violation" },
        { "SecureBootRefused", "grub", "error: ../../grub-core/kern/efi/sb.c:182:bad shim signature.\nerror: ../../grub-core/loader/i386/efi/linux.c:258:you need to load the kernel first." },
        { "GrubRescue", "learn.microsoft.com: troubleshoot-vm-boot-error", "error: no such partition.\nEntering rescue mode...\ngrub rescue> " },
        { "GrubShell", "learn.microsoft.com: serial-console-grub-single-user-mode", "                             GNU GRUB  version 2.02\n\n   Minimal BASH-like line editing is supported. For the first word, TAB\n   lists possible command completions.\n\ngrub> " },
        { "DracutShell", "scylladb/scylla-machine-image#196", "[  129.059941] dracut-initqueue[395]: Warning: dracut-initqueue timeout - starting timeout scripts\n[  129.586841] dracut-initqueue[395]: Warning: dracut-initqueue timeout - starting timeout scripts" },
        { "DracutShell", "Kubeinit/kubeinit#695", "[  135.866389] localhost dracut-initqueue[441]: Warning: dracut-initqueue: starting timeout scripts\n[  136.438166] localhost dracut-initqueue[441]: Warning: dracut-initqueue: timeout, still waiting for following initqueue hooks:" },
        { "DracutShell", "LIS/lis-next#547", "dracut-initqueue[252]: Warning: dracut-initqueue timeout - starting timeout scripts\ndracut-initqueue[252]: Warning: /dev/centos/root does not exist\ndracut-initqueue[252]: Warning: /dev/mapper/centos-root does not exist" },
        { "SecureBootRefused", "linkease/doc.linkease.com#413", "BdsDxe: loading Boot0002 \"UEFI QEMU QEMU HARDDISK\" from PciRoot(0x0)/Pci(0x5,0x0)/Pci(0x1,0x0)/Scsi(0x0,0x0)\nBdsDxe: failed to load Boot0002 \"UEFI QEMU QEMU HARDDISK\" from PciRoot(0x0)/Pci(0x5,0x0)/Pci(0x1,0x0)/Scsi(0x0,0x0): Access Denied\n\n>>Start PXE over IPv4." },
        { "RootNotFound", "initramfs-tools", "Gave up waiting for root file system device.  Common problems:\n - Boot args (cat /proc/cmdline)\nALERT!  UUID=3d3d3d3d-0000-4000-8000-000000000001 does not exist.  Dropping to a shell!\n\n\nBusyBox v1.30.1 (Ubuntu 1:1.30.1-4ubuntu6) built-in shell (ash)\n(initramfs) " },
        { "RootNotFound", "kernel", "[    2.480000] VFS: Cannot open root device \"UUID=1\" or unknown-block(0,0): error -6\n[    2.490000] Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)" },
        { "EmergencyMode", "kernelci/kernelci-project#267", "You are in emergency mode. After logging in, type \"journalctl -xb\" to view\nsystem logs, \"systemctl reboot\" to reboot, \"systemctl default\" or \"exit\"\nto boot into default mode.\n\nCannot open access to console, the root account is locked.\nSee sulogin(8) man page for more details.\n\nPress Enter to continue." },
        { "EmergencyMode", "learn.microsoft.com: fstab errors", "[\u001b[0;1;31m TIME \u001b[0m] Timed out waiting for device dev-sdc1.device.\n[\u001b[0;1;33mDEPEND\u001b[0m] Dependency failed for /data.\n[\u001b[0;1;33mDEPEND\u001b[0m] Dependency failed for \u001b[0mLocal File Systems." },
        { "EmergencyMode", "learn.microsoft.com: vfat-disabled-boot-issues", "[[1;31mFAILED[0m] Failed to mount /boot/efi. See 'systemctl status boot-efi.mount' for details.\n[[1;33mDEPEND[0m] Dependency failed for Local File Systems.\n[[1;33mDEPEND[0m] Dependency failed for Relabel all filesystems, if necessary." },
        { "FileSystemDamaged", "learn.microsoft.com: file system errors", "/dev/sda1: UNEXPECTED INCONSISTENCY; RUN fsck MANUALLY.\n\t(i.e., without -a or -p options)" },
        { "FileSystemDamaged", "kernel, xfs", "[    3.114000] XFS (sda2): Metadata corruption detected at xfs_agi_verify+0x1b/0x40, xfs_agi block 0x2\n[    3.115000] XFS (sda2): Unmount and run xfs_repair" },
        { "SELinuxStopped", "systemd", "[    5.310112] systemd[1]: Failed to load SELinux policy. Freezing." },
        { "DataSourceWrong", "Azure/WALinuxAgent#126", "[   35.700000] cloud-init[1293]: Nov 16 13:45:58 [CLOUDINIT] util.py[WARNING]: No instance datasource found! Likely bad things to come!" },
        { "DataSourceWrong", "canonical/cloud-init#3803", "# A new feature in cloud-init identified possible datasources for        #\n# this system as:                                                        #\n#   []                                                                   #\n# However, the datasource used was: None                                 #" },
        { "NoAddress", "canonical/cloud-init#6875", "[  259.660061] cloud-init[1122]: 2026-05-08 14:58:42,981 - azure.py[ERROR]: Azure datasource failure occurred: result=error|reason=failure to obtain DHCP lease|agent=Cloud-Init/23.4-7.0.3.el8_10.12|duration=252.77271795272827|interface=None" },
        { "HostNotReached", "MicrosoftDocs/azure-compute-docs#212", "cloud-init[1122]: azure.py[ERROR]: Azure datasource failure occurred: result=error|reason=connection timeout querying IMDS|agent=Cloud-Init/24.1" },
        { "CloudInitFailed", "MicrosoftDocs/azure-compute-docs#212", "cloud-init[1122]: azure.py[ERROR]: Azure datasource failure occurred: result=error|reason=unexpected metadata parsing ovf-env.xml|agent=Cloud-Init/24.1" },
        { "NoAddress", "dhclient", "dhclient[612]: DHCPDISCOVER on eth0 to 255.255.255.255 port 67 interval 20\ndhclient[612]: No DHCPOFFERS received.\ndhclient[612]: No working leases in persistent database - sleeping." },
        { "KernelPanic", "kernel", "[    1.204000] Kernel panic - not syncing: Attempted to kill init! exitcode=0x0000007f\n[    1.205000] CPU: 0 PID: 1 Comm: init Not tainted 5.14.0" },
    };

    public static TheoryData<string, string> WindowsSerialLogs => new()
    {
        { "InaccessibleBootDevice", "BdsDxe: loading Boot0001 \"Windows Boot Manager\"\r\n*** STOP: 0x0000007B (INACCESSIBLE_BOOT_DEVICE)" },
        { "InaccessibleBootDevice", " ***STOP 0x0000007B (0xEDE9B6F0, 0x00000000, 0x00000000, 0x00000000) \r\nINACCESSIBLE_BOOT_DEVICE" },
        { "BootConfigurationDamaged", "Windows Boot Manager\r\nWindows failed to start. A recent hardware or software change might be the cause.\r\nFile: \\Boot\\BCD\r\nStatus: 0xc000000f" },
        { "SetupInterrupted", "Windows Setup could not configure Windows to run on this computer's hardware." },
        { "StopError", "*** STOP: 0x0000007E (0xFFFFFFFFC0000005,0xFFFFF80002E1C5D0,0xFFFFF88000FA7C08,0xFFFFF88000FA7460)" },
    };

    /// <summary>Logs on disks: of the agent as Azure/WALinuxAgent #680, #968, #1343 and #1912 show them, of cloud-init as its pull request #1285 writes them.</summary>
    public static TheoryData<string, BootEvidenceSource, string, string> LinuxLogs => new()
    {
        { "DataSourceWrong", CloudInit, "var/log/cloud-init.log", "2023-05-11 10:00:04,332 - stages.py[DEBUG]: no local data found from DataSourceNoCloud\n2023-05-11 10:00:05,001 - handlers.py[DEBUG]: finish: modules-final: SUCCESS\n2023-05-11 10:00:05,120 - util.py[DEBUG]: Cloud-init v. 22.4.2 finished at Thu, 11 May 2023 10:00:05 +0000. Datasource DataSourceNone.  Up 12.10 seconds\n" },
        { "DataSourceWrong", CloudInit, "var/log/cloud-init-output.log", "2023-05-11 10:00:05,121 - cc_final_message.py[WARNING]: Used fallback datasource\n" },
        { "HostNotReached", Agent, "var/log/waagent.log", "2023-05-11T10:00:21.101Z ERROR ExtHandler ExtHandler Failed to connect to wireserver: [HTTP Failed] GET http://168.63.129.16/?comp=versions -- IOError timed out -- 6 attempts made\n" },
        { "HostNotReached", Agent, "var/log/waagent.log", "2017/11/29 13:35:19.107998 INFO [HTTP Retry] Attempt 2 of 3: [HTTP Failed] HTTP GET IOError [Errno 113] No route to host\n2017/11/29 13:35:35.136057 INFO WireServer is not responding. Reset endpoint\n" },
        { "HostNotReached", Agent, "var/log/waagent.log", "2017/04/25 06:51:48.075192 INFO Test for route to 168.63.129.16\n2017/04/25 06:51:48.081849 WARNING No route exists to 168.63.129.16\n" },
        { "NoAddress", Agent, "var/log/waagent.log", "2018/09/21 00:01:20.197909 INFO Daemon Protocol endpoint not found: WireProtocol, [ProtocolError] [DhcpError] Failed to receive dhcp response.\n" },
        { "NoAddress", Agent, "var/log/waagent.log", "2020/06/22 12:27:21.095514 WARNING ExtHandler Failed to send DHCP request: [DhcpError] [Errno 1] Operation not permitted\n" },
        { "NoAddress", CloudInit, "var/log/cloud-init.log", "2022-02-21 10:00:00,000 - azure.py[ERROR]: Failed to obtain DHCP lease (iface=eth0)\n" },
        { "NotGeneralized", Agent, "var/log/waagent.log", "2023-05-11T10:00:12.000Z INFO Daemon Daemon Provisioning already completed, skipping.\n" },
    };

    [Theory]
    [MemberData(nameof(LinuxSerialLogs))]
    public void A_linux_serial_log_tells_its_cause(string cause, string published, string log)
    {
        BootFinding first = First(Linux with { SerialLog = log });

        Assert.True(cause == first.Id, $"{published}: {first}");
        Assert.Equal(SerialLog, first.Source);
        Assert.NotEmpty(first.Evidence[0].Seen);
    }

    [Theory]
    [MemberData(nameof(WindowsSerialLogs))]
    public void A_windows_serial_log_tells_its_cause(string cause, string log) => Assert.Equal(cause, First(Windows with { SerialLog = log }).Id);

    [Theory]
    [MemberData(nameof(LinuxLogs))]
    public void A_log_on_a_linux_disk_tells_its_cause(string cause, BootEvidenceSource source, string path, string log)
    {
        BootFinding first = First(Linux with { Disk = MemoryGuest.Linux().WithFile(path, log) });

        Assert.Equal((cause, source, path), (first.Id, first.Source, first.Evidence[0].Place));
    }

    [Fact]
    public void Setups_log_on_a_windows_disk_tells_its_cause()
    {
        // UTF-16 with a byte order mark, as Windows writes some of them.
        byte[] log = [.. System.Text.Encoding.Unicode.GetPreamble(), .. System.Text.Encoding.Unicode.GetBytes(
            "2023-11-14 22:13:31, Error                 [windeploy.exe] Windows could not parse or process the unattend answer file for pass [specialize].\r\n")];

        BootFinding first = First(Windows with { Disk = MemoryGuest.Ready().WithFile(@"Windows\Panther\UnattendGC\setuperr.log", log) });

        Assert.Equal(("SetupInterrupted", Panther), (first.Id, first.Source));
    }

    [Theory]
    [InlineData("OS Provisioning for VM 'made' did not finish in the allotted time. However, the VM guest agent was detected running. This suggests the guest OS has not been properly prepared to be used as a VM image (with CreateOption=FromImage).", "NotGeneralized")]
    [InlineData("OS Provisioning for VM 'made' did not finish in the allotted time. The VM may still finish provisioning successfully. Please check provisioning state later. Also, make sure the image has been properly prepared (generalized).", "AgentSilent")]
    public void What_azure_says_of_provisioning_tells_a_cause(string message, string cause)
    {
        BootFinding first = First(Windows with { CloudMessage = message });

        Assert.Equal((cause, Azure), (first.Id, first.Source));
    }

    [Fact]
    public void A_disk_of_the_other_generation_explains_the_missing_boot_loader()
    {
        BootDiagnosis diagnosis = BootDiagnosis.Of(Windows with { Generation = 1, SerialLog = "Boot failure. Reboot and Select proper Boot device", Disk = MemoryGuest.Ready() });

        Assert.Equal(["WrongGeneration", "BootLoaderMissing"], diagnosis.Findings.Select(finding => finding.Id));
        Assert.Equal(Disk, diagnosis.Findings[0].Source);
        Assert.DoesNotContain(BootDiagnosis.Of(Windows with { Generation = 2, Disk = MemoryGuest.Ready() }).Findings, finding => finding.Id == "WrongGeneration");
    }

    [Fact]
    public void A_driver_for_nvme_that_is_missing_counts_on_nvme_alone()
    {
        const string log = "Gave up waiting for root file system device.";
        MemoryGuest guest = MemoryGuest.Linux().WithFile("lib/modules/6.1.0-28-amd64/modules.builtin", "kernel/drivers/hv/hv_vmbus.ko\n");

        Assert.Equal("NvmeDriverMissing", First(Linux with { IsNvme = true, SerialLog = log, Disk = guest }).Id);
        Assert.Equal("RootNotFound", First(Linux with { SerialLog = log, Disk = guest }).Id);
        Assert.Equal("RootNotFound", First(Linux with { IsNvme = true, SerialLog = log, Disk = MemoryGuest.Linux() }).Id);
    }

    [Fact]
    public void Drivers_of_hyper_v_that_are_missing_are_seen_on_the_disk()
    {
        MemoryGuest guest = MemoryGuest.Linux().WithFile("boot/initrd.img-6.1.0-28-amd64", Initramfs.Of("drivers/virtio_blk.ko"));

        BootFinding first = First(Linux with { SerialLog = "ALERT!  UUID=1 does not exist.  Dropping to a shell!", Disk = guest });

        Assert.Equal(("HyperVDriverMissing", Disk), (first.Id, first.Source));
    }

    [Fact]
    public void An_agent_that_is_missing_explains_the_silence()
    {
        MemoryGuest guest = MemoryGuest.Linux().WithoutFile("usr/sbin/waagent").WithoutFile("usr/bin/cloud-init");

        Assert.Equal("AgentMissing", First(Linux with { SerialLog = Healthy, Disk = guest }).Id);
    }

    [Fact]
    public void A_windows_that_is_generalized_in_part_is_told_where_nothing_else_is()
    {
        MemoryGuest guest = MemoryGuest.Ready().WithFile(@"Windows\Setup\State\State.ini", "[State]\r\nImageState=IMAGE_STATE_UNDEPLOYABLE\r\n")
            .With(@"SOFTWARE\Microsoft\Windows\CurrentVersion\Setup\State", "ImageState", "IMAGE_STATE_UNDEPLOYABLE");

        Assert.Equal("PartlyGeneralized", First(Windows with { Disk = guest }).Id);
        Assert.Equal("InaccessibleBootDevice", First(Windows with { Disk = guest, SerialLog = "INACCESSIBLE_BOOT_DEVICE" }).Id);
    }

    [Fact]
    public void A_generalized_disk_that_was_attached_as_it_is_is_told()
        => Assert.Equal("GeneralizedButSpecialized", First(Linux with { IsSpecialized = true, SerialLog = Healthy, Disk = MemoryGuest.Linux() }).Id);

    [Fact]
    public void A_machine_that_came_up_has_no_cause()
        => Assert.Empty(BootDiagnosis.Of(Linux with { IsAgentReady = true, SerialLog = Healthy, Generation = 2, Disk = MemoryGuest.LinuxInUse() }).Findings);

    [Fact]
    public void What_can_not_be_read_is_told_and_the_rest_still_judged()
    {
        MemoryGuest guest = MemoryGuest.Linux().WithFile("var/log/cloud-init.log", "x").Lose("var/log/cloud-init.log");

        BootDiagnosis diagnosis = BootDiagnosis.Of(Linux with { SerialLog = "grub rescue>", Disk = guest });

        Assert.Equal("GrubRescue", diagnosis.Findings[0].Id);
        Assert.Contains(diagnosis.Problems, problem => problem.Contains("cloud-init.log", StringComparison.Ordinal));
    }

    [Fact]
    public void A_serial_log_without_an_end_is_read_in_bounds()
    {
        string log = string.Concat(Enumerable.Repeat("[    1.0] " + new string('x', 5000) + "\n", 4000)) + "\u001b[31mgrub rescue> \u001b[0m";

        BootFinding first = First(Linux with { SerialLog = log });

        Assert.Equal("GrubRescue", first.Id);
        Assert.DoesNotContain('\u001b', first.Evidence[0].Seen);
    }

    [Fact]
    public void Every_cause_has_a_test_a_remedy_and_a_page()
    {
        string[] shown = [.. LinuxSerialLogs.Select(row => row.Data.Item1), .. WindowsSerialLogs.Select(row => row.Data.Item1), .. LinuxLogs.Select(row => row.Data.Item1)];
        string[] byDisk = ["WrongGeneration", "NvmeDriverMissing", "HyperVDriverMissing", "AgentMissing", "PartlyGeneralized", "GeneralizedButSpecialized", "AgentSilent"];

        Assert.Empty(BootCauses.Table.Select(cause => cause.Id).Except(shown).Except(byDisk));
        Assert.Equal(BootCauses.Table.Count, BootCauses.Table.Select(cause => cause.Id).Distinct().Count());
        Assert.All(BootCauses.Table, cause =>
        {
            Assert.EndsWith(".", cause.Title, StringComparison.Ordinal);
            Assert.NotEmpty(cause.Remedy);
            Assert.Equal(Uri.UriSchemeHttps, new Uri(cause.Reference).Scheme);
            Assert.True(cause.Pattern is not null ^ cause.Test is not null, cause.Id);
            Assert.Equal(cause.Pattern is not null, cause.Sources.Count > 0);
        });
    }

    private static BootEvidence Linux => new() { IsWindows = false, Generation = 2 };

    private static BootEvidence Windows => new() { IsWindows = true, Generation = 2 };

    private static string Healthy => "[    0.000000] Linux version 6.1.0-28-cloud-amd64 (debian-kernel@lists.debian.org)\n[    9.731000] systemd[1]: Reached target Multi-User System.\nDebian GNU/Linux 12 web01 ttyS0\nweb01 login:";

    private static BootFinding First(BootEvidence evidence) => BootDiagnosis.Of(evidence).Findings[0];
}
