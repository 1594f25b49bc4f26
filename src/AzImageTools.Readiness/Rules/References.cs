namespace AzImageTools.Readiness.Rules;

/// <summary>The public pages that rules follow.</summary>
internal static class References
{
    private const string Learn = "https://learn.microsoft.com/";
    private const string Machines = Learn + "azure/virtual-machines/";
    private const string Manufacture = Learn + "windows-hardware/manufacture/desktop/";
    private const string Troubleshoot = Learn + "troubleshoot/windows-client/setup-upgrade-and-drivers/";

    /// <summary>Prepare a Windows VHD or VHDX to upload to Azure.</summary>
    public const string PrepareVhd = Machines + "windows/prepare-for-upload-vhd-image";

    /// <summary>Remove machine specific information by generalizing a VM.</summary>
    public const string Generalize = Machines + "generalize";

    /// <summary>Support for generation 2 VMs on Azure.</summary>
    public const string Generation2 = Machines + "generation-2";

    /// <summary>Azure VM Image Builder template reference.</summary>
    public const string ImageBuilder = Machines + "linux/image-builder-json";

    /// <summary>Upload a VHD to Azure or copy a managed disk.</summary>
    public const string UploadDisk = Machines + "windows/disks-upload-vhd-to-managed-disk-powershell";

    /// <summary>Install the Azure VM agent in offline mode.</summary>
    public const string AgentOffline = Learn + "troubleshoot/azure/virtual-machines/windows/install-vm-agent-offline";

    /// <summary>Troubleshoot virtual machine certification.</summary>
    public const string Certification = Learn + "partner-center/marketplace-offers/azure-vm-certification-faq";

    /// <summary>Prepare VMware VMs for agentless migration.</summary>
    public const string Migration = Learn + "azure/migrate/prepare-for-agentless-migration";

    /// <summary>Sysprep (System Preparation) Overview.</summary>
    public const string SysprepOverview = Manufacture + "sysprep--system-preparation--overview";

    /// <summary>Sysprep (Generalize) a Windows installation.</summary>
    public const string SysprepGeneralize = Manufacture + "sysprep--generalize--a-windows-installation";

    /// <summary>Sysprep Process Overview.</summary>
    public const string SysprepProcess = Manufacture + "sysprep-process-overview";

    /// <summary>Sysprep Support for Server Roles.</summary>
    public const string SysprepServerRoles = Manufacture + "sysprep-support-for-server-roles";

    /// <summary>Windows Setup States.</summary>
    public const string SetupStates = Manufacture + "windows-setup-states";

    /// <summary>Sysprep fails after you remove or update Microsoft Store apps.</summary>
    public const string StoreApps = Troubleshoot + "sysprep-fails-remove-or-update-store-apps";

    /// <summary>A fatal error occurred while trying to sysprep the machine.</summary>
    public const string FatalError = Troubleshoot + "fatal-error-occurred-sysprep-machine";

    /// <summary>Error occurs when running Sysprep /generalize.</summary>
    public const string Rearm = Troubleshoot + "error-occurs-when-running-sysprep-generalize";

    /// <summary>Running Sysprep as SYSTEM on Windows 11.</summary>
    public const string SysprepAsSystem = Troubleshoot + "sysprep-as-system-windows-11";

    /// <summary>How to disable and re-enable hibernation.</summary>
    public const string Hibernation = Troubleshoot + "disable-and-re-enable-hibernation";

    /// <summary>Errors when capturing a Windows 11 image.</summary>
    public const string CaptureWindows11 = Learn + "troubleshoot/mem/configmgr/os-deployment/windows-11-image-capture-fail";

    /// <summary>SQL Server: considerations for installing with SysPrep.</summary>
    public const string SqlSysprep = Learn + "sql/database-engine/install-windows/considerations-for-installing-sql-server-using-sysprep";

    /// <summary>Offboard devices from Microsoft Defender for Endpoint.</summary>
    public const string DefenderOffboarding = Learn + "defender-endpoint/offboard-machines";

    /// <summary>Convert an evaluation edition of Windows Server.</summary>
    public const string EvaluationEditions = Learn + "windows-server/get-started/upgrade-conversion-options";

    /// <summary>Prepare Linux for imaging in Azure.</summary>
    public const string LinuxGeneric = Machines + "linux/create-upload-generic";

    /// <summary>Prepare an Ubuntu virtual machine for Azure.</summary>
    public const string Ubuntu = Machines + "linux/create-upload-ubuntu";

    /// <summary>Prepare a SLES or openSUSE Leap virtual machine for Azure.</summary>
    public const string Suse = Machines + "linux/suse-create-upload-vhd";

    /// <summary>Troubleshoot Linux VM starting issues due to fstab errors.</summary>
    public const string FstabErrors = Learn + "troubleshoot/azure/virtual-machines/linux/linux-virtual-machine-cannot-start-fstab-errors";

    /// <summary>Troubleshoot Linux VM boot and network issues due to Hyper-V driver errors.</summary>
    public const string HyperVDrivers = Learn + "troubleshoot/azure/virtual-machines/linux/linux-hyperv-issue";

    /// <summary>fixfiles(8): what relabels a file system for SELinux, and when the next start does.</summary>
    public const string SELinuxLabels = "https://github.com/SELinuxProject/selinux/blob/main/policycoreutils/scripts/fixfiles.8";

    /// <summary>What dracut's initramfs takes from the kernel's command line, and waits for.</summary>
    public const string Dracut = "https://github.com/dracutdevs/dracut/blob/master/man/dracut.cmdline.7.asc";

    /// <summary>The Azure Linux agent.</summary>
    public const string LinuxAgent = "https://github.com/Azure/WALinuxAgent";

    /// <summary>What the Azure Linux agent does to generalize a machine.</summary>
    public const string AgentDeprovision = LinuxAgent + "/blob/master/azurelinuxagent/pa/deprovision/default.py";

    /// <summary>How the Azure Linux agent runs extensions, and its own warning of noexec.</summary>
    public const string AgentExtensions = LinuxAgent + "/blob/master/azurelinuxagent/ga/extensionprocessutil.py";

    /// <summary>cloud-init will not run user-data scripts when the /var file system is mounted with noexec.</summary>
    public const string CloudInitScripts = "https://github.com/canonical/cloud-init/issues/3429";

    /// <summary>Machines with noexec on /tmp and /var/tmp, and what cloud-init runs there to get an address.</summary>
    public const string CloudInitTemporary = "https://github.com/canonical/cloud-init/issues/3956";

    /// <summary>The installation script of an extension fails when /tmp is mounted with noexec.</summary>
    public const string TemporaryScripts = "https://github.com/microsoft/OMS-Agent-for-Linux/issues/476";
}
