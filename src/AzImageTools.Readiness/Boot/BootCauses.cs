using System.Text.RegularExpressions;
using AzImageTools.Disks.Inspection;
using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Rules;
using static AzImageTools.Readiness.Boot.BootEvidenceSource;

namespace AzImageTools.Readiness.Boot;

/// <summary>
/// The known causes of machines not coming up, in the order of what they explain: what stops a machine first stands before what follows from it, and
/// what names a cause before what only shows one.
/// </summary>
internal static class BootCauses
{
    private const string Troubleshoot = "https://learn.microsoft.com/troubleshoot/azure/virtual-machines/";
    private const string Linux = Troubleshoot + "linux/";
    private const string Windows = Troubleshoot + "windows/";
    private const string UploadLinux = "https://learn.microsoft.com/azure/virtual-machines/linux/create-upload-generic";

    public static IReadOnlyList<BootCause> Table { get; } =
    [
        new("WrongGeneration",
            "The disk does not start on machines of this generation.",
            "Make the image, or the image definition, of the generation that the disk is of (Get-AzVhdInfo tells SupportedGenerations), or convert the disk.",
            References.Generation2)
        { Test = WrongGeneration },
        new("SecureBootRefused",
            "Secure Boot does not let the boot loader in: nobody whom Azure's firmware trusts has signed it.",
            "Install a signed shim and kernel (SignedLoaders tells what is not signed), or make machines of it without Trusted Launch: -SecurityType Standard.",
            "https://learn.microsoft.com/azure/virtual-machines/trusted-launch-faq")
        { Pattern = Match(@"failed to (?:load|start) Boot\w+ .*: (?:Access Denied|Security Violation)|Verification failed: \(0x1A\) Security Violation|bad shim signature"), Sources = [SerialLog] },
        new("BootLoaderMissing",
            "The firmware found no boot loader on the disk.",
            "Check the generation first; then put the loader where any firmware finds it (EFI\\BOOT\\BOOTX64.EFI on the EFI system partition; on generation 1 an active partition with boot code).",
            Linux + "azure-linux-vm-uefi-boot-failures")
        {
            Pattern = Match(@"BdsDxe: No bootable option or device was found|No bootable device|Boot failure\. Reboot and Select proper Boot device|Missing operating system|Operating system not found|The boot loader did not load an operating system|No operating system was loaded"),
            Sources = [SerialLog],
        },
        new("NvmeDriverMissing",
            "The machine's disks are NVMe, and the guest does not load the driver for them when it starts.",
            "Let it load the driver early (Linux: nvme in the initramfs; Windows: stornvme and vpci start at boot), or use a size with SCSI disks and leave NVMe out of the image definition.",
            "https://learn.microsoft.com/azure/virtual-machines/enable-nvme-faqs")
        { Test = context => context.Evidence.IsNvme ? (Disk, context.Failed("NvmeDrivers", "NvmeReady")) : null },
        new("HyperVDriverMissing",
            "The guest does not load Hyper-V's drivers when it starts, so that it has neither disk nor network.",
            "Let it load hv_vmbus, hv_storvsc and hv_netvsc early (Linux: in the initramfs; Windows: the services vmbus and storvsc start at boot), and block none of them.",
            UploadLinux)
        { Test = context => (Disk, context.Failed("HyperVDrivers", "HyperVInitramfs", "HyperVBlocked")) },
        new("InaccessibleBootDevice",
            "Windows started and then could not reach its own disk (INACCESSIBLE_BOOT_DEVICE).",
            "Check that the storage drivers of Hyper-V, and on NVMe sizes stornvme and vpci, start at boot, and take out filter drivers of other hypervisors.",
            Windows + "troubleshoot-inaccessible-boot-device")
        { Pattern = Match(@"INACCESSIBLE_BOOT_DEVICE|STOP:?\s+0x0000007B"), Sources = [SerialLog], IsOfWindows = true },
        new("BootConfigurationDamaged",
            "Windows Boot Manager can't use the boot configuration (BCD).",
            "Let bcdboot make it anew on the source, from the Windows that is there, and make the image again.",
            Windows + "boot-error-code-0xc000000e")
        { Pattern = Match(@"Status:\s*0xc0000(?:00e|00f|034|098|225)|\\Boot\\BCD"), Sources = [SerialLog], IsOfWindows = true },
        new("GrubRescue",
            "GRUB did not find its own files and stopped in its rescue shell.",
            "Install GRUB anew on the disk (grub-install, grub2-install), naming partitions by UUID; after converting or resizing, check that its partition kept its UUID and place.",
            Linux + "troubleshoot-vm-boot-error")
        { Pattern = Match(@"grub rescue>|Entering rescue mode\.\.\."), Sources = [SerialLog], IsOfWindows = false },
        new("GrubShell",
            "GRUB found no configuration and stopped in its shell.",
            "Make grub.cfg anew where GRUB looks for it (update-grub, grub2-mkconfig).",
            Linux + "troubleshoot-vm-boot-error")
        { Pattern = Match(@"Minimal BASH-like line editing is supported|^\s*grub>"), Sources = [SerialLog], IsOfWindows = false },
        new("DracutShell",
            "The initramfs (dracut) waited in vain for the root file system.",
            "Check root= on the kernel's command line against the file system's UUID, and make the initramfs anew with Azure's drivers: dracut -f -v --add-drivers \"hv_vmbus hv_netvsc hv_storvsc nvme\" --regenerate-all.",
            Linux + "linux-no-boot-dracut")
        { Pattern = Match(@"dracut-initqueue(?:\[\d+\])?: (?:Warning: )?(?:dracut-initqueue:? )?(?:timeout|starting timeout scripts|Warning: dracut-initqueue:? (?:timeout|starting timeout scripts))|rdsosreport\.txt|^dracut:/#"), Sources = [SerialLog], IsOfWindows = false },
        new("RootNotFound",
            "The kernel started and did not find the root file system.",
            "Check root= on the kernel's command line and /etc/fstab against the file system's UUID (RootDevice tells both), and that the initramfs holds Azure's disk drivers (hv_storvsc; nvme for NVMe sizes).",
            Linux + "kernel-related-boot-issues")
        { Pattern = Match(@"Gave up waiting for root (?:file system )?device|ALERT!\s+\S+ does not exist|VFS: (?:Unable to mount root fs|Cannot open root device)|^\s*\(initramfs\)"), Sources = [SerialLog], IsOfWindows = false },
        new("FileSystemDamaged",
            "A file system is damaged, and was not mounted.",
            "Check it on the source (fsck, xfs_repair), with the machine stopped, and make the image again.",
            Linux + "linux-recovery-cannot-start-file-system-errors")
        { Pattern = Match(@"UNEXPECTED INCONSISTENCY; RUN fsck MANUALLY|XFS \([^)]+\): (?:Metadata corruption|Corruption)|Structure needs cleaning"), Sources = [SerialLog], IsOfWindows = false },
        new("SELinuxStopped",
            "SELinux could not load its policy, and the start was stopped.",
            "Reinstall the policy, or have everything labelled anew at the next start (touch /.autorelabel).",
            Linux + "linux-selinux-troubleshooting")
        { Pattern = Match(@"Failed to load SELinux policy"), Sources = [SerialLog], IsOfWindows = false },
        new("EmergencyMode",
            "Linux stopped in emergency mode: something that it has to mount is not there.",
            "Take out of /etc/fstab what the image does not bring, or give it the option nofail; name file systems by UUID (FstabMounts tells which is not there).",
            Linux + "linux-virtual-machine-cannot-start-fstab-errors")
        { Pattern = Match(@"You are in emergency mode|Give root password for maintenance|Dependency failed for (?:Local File Systems|local-fs\.target)|Cannot open access to console, the root account is locked"), Sources = [SerialLog], IsOfWindows = false },
        new("SetupInterrupted",
            "Windows' first-run setup broke off: the image was generalized only in part, or its answer file is wrong.",
            "Generalize a sound copy of the machine again, and let Sysprep end; take the answer file out, or mend what the log names.",
            Windows + "troubleshoot-windows-setup-could-not-configure")
        {
            Pattern = Match(@"Windows Setup could not configure Windows to run on this computer's hardware|The computer restarted unexpectedly or encountered an unexpected error|Windows could not (?:parse or process|complete|configure).*(?:unattend|answer file|installation|setting)|Windows could not finish configuring the system"),
            Sources = [SerialLog, Panther],
            IsOfWindows = true,
        },
        new("NotGeneralized",
            "The image was published as generalized and was not: its guest took itself for the machine that it was taken from.",
            "Generalize the source (Sysprep /generalize /oobe /shutdown, waagent -deprovision+user) and capture again, or publish it as specialized.",
            References.Generalize)
        {
            Pattern = Match(@"has not been properly prepared to be used as a VM image|VM guest agent was detected running|provisioned exists: provisioning is not done again|Provisioning already completed, skipping"),
            Sources = [Azure, SerialLog, Agent],
        },
        new("DataSourceWrong",
            "cloud-init looked for its settings elsewhere than at Azure, and found none.",
            "Let it look at Azure: datasource_list: [ Azure ] in /etc/cloud/cloud.cfg.d/, and no ds= on the kernel's command line.",
            UploadLinux)
        { Pattern = Match(@"No instance datasource found|Did not find any data source|Datasource DataSourceNone|Used fallback datasource|the datasource used was: None"), Sources = [CloudInit, SerialLog], IsOfWindows = false },
        new("NoAddress",
            "The guest got no address from the network.",
            "Take settings of the old network out (MachineNetwork tells them: static addresses, MAC addresses, names of interfaces), and let eth0 use DHCP.",
            UploadLinux)
        { Pattern = Match(@"No DHCPOFFERS received|DHCP(?:v4)?.* (?:timed out|failed to obtain)|no DHCP lease|(?:Unable|failed|failure) to obtain (?:a )?DHCP lease|Failed to (?:send|receive) DHCP (?:request|response)|failure to find (?:primary )?DHCP interface"), Sources = [SerialLog, CloudInit, Agent] },
        new("HostNotReached",
            "The agent could not reach Azure's host at 168.63.129.16.",
            "Let the guest's firewall and proxy pass 168.63.129.16, ports 80 and 32526, and let no route lead it elsewhere.",
            "https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16")
        { Pattern = Match(@"(?:wire ?server|168\.63\.129\.16).*(?:unreachable|timed out|time-?out|refused|failed|cannot|not responding|No route)|(?:unreachable|timed out|refused|failed|No route).*(?:wire ?server|168\.63\.129\.16)|connection timeout querying IMDS"), Sources = [Agent, CloudInit, SerialLog] },
        new("CloudInitFailed",
            "cloud-init could not set the machine up, and told Azure why.",
            "Do what the page says of that reason.",
            "https://learn.microsoft.com/azure/virtual-machines/linux/cloud-init-troubleshooting")
        { Pattern = Match(@"Azure datasource failure occurred: .*reason="), Sources = [CloudInit, SerialLog, Azure], IsOfWindows = false },
        new("AgentMissing",
            "Nothing in the guest sets it up for Azure and reports: the agent is missing, or does not start.",
            "Install the agent (walinuxagent, or cloud-init with it; on Windows the VM agent) and let it start with the machine.",
            UploadLinux)
        { Test = context => (Disk, context.Failed("AgentInstalled", "ProvisioningAgent")) },
        new("PartlyGeneralized",
            "The disk is generalized only in part.",
            "Generalize a sound copy of the machine again: what was interrupted can't be continued.",
            References.Generalize)
        { Test = context => !context.Evidence.IsSpecialized && context.Generalization == GeneralizationState.PartlyGeneralized ? (Disk, context.GeneralizationEvidence) : null, IsGeneral = true, IsOfWindows = true },
        new("GeneralizedButSpecialized",
            "The disk is generalized, and the machine was made of it as it is: nobody set it up.",
            "Make an image of the disk (New-AzVhdImage, Publish-AzImageVersion) and the machine of that.",
            References.Generalize)
        { Test = context => context.Evidence.IsSpecialized && context.Generalization == GeneralizationState.Generalized ? (Disk, context.GeneralizationEvidence) : null },
        new("StopError",
            "Windows stopped with a stop error.",
            "Look at the screenshot and at the code that the serial log tells.",
            Windows + "troubleshoot-common-blue-screen-error")
        { Pattern = Match(@"\*\*\*\s*STOP:?\s+0x[0-9A-F]{8}"), Sources = [SerialLog], IsGeneral = true, IsOfWindows = true },
        new("KernelPanic",
            "The kernel panicked.",
            "Look at the lines before it in the serial log; start another kernel, or make the initramfs anew.",
            Linux + "linux-kernel-panic-troubleshooting")
        { Pattern = Match(@"Kernel panic - not syncing"), Sources = [SerialLog], IsGeneral = true, IsOfWindows = false },
        new("AgentSilent",
            "The machine was made, and its agent did not report in time.",
            "Look at the screenshot and the serial log: where the guest came up, check its agent and its network; where not, what it stopped at.",
            Troubleshoot + "windows/troubleshoot-deployment-new-vm-windows")
        { Test = Silent, IsGeneral = true },
    ];

    private static (BootEvidenceSource Source, IReadOnlyList<Observation> Seen)? WrongGeneration(BootContext context)
    {
        if (context.Evidence.Generation is not { } generation || context.Generations is not { } supported || supported == VmGenerations.None)
        {
            return null;
        }

        VmGenerations own = generation == 1 ? VmGenerations.V1 : VmGenerations.V2;
        return (supported & own) != VmGenerations.None ? null : (Disk, [new Observation("boot files", $"of generation {supported}; the machine is of generation V{generation}")]);
    }

    private static (BootEvidenceSource Source, IReadOnlyList<Observation> Seen)? Silent(BootContext context)
        => context.Evidence.IsAgentReady ? null : (Azure, [new Observation("agent", context.Evidence.CloudMessage ?? "it did not report")]);

    /// <summary>One line at a time is matched, of bounded length.</summary>
    private static Regex Match(string pattern) => new(pattern, RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));
}
