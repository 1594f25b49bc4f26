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

    /// <summary>Configuration Manager: clients in an image, and what to remove before it is made: SMSCFG.INI and the certificates of the computer's stores.</summary>
    public const string ConfigMgrImaging = Learn + "intune/configmgr/core/clients/deploy/deploy-clients-to-windows-computers";

    /// <summary>Intune does not support using a cloned image of a computer that is already enrolled.</summary>
    public const string IntuneCloning = Learn + "intune/intune-service/fundamentals/azure-virtual-desktop";

    /// <summary>Azure Arc: azcmagent disconnect resets the configuration of the agent.</summary>
    public const string ArcDisconnect = Learn + "azure/azure-arc/servers/azcmagent-disconnect";

    /// <summary>Device identity and desktop virtualization: images must not come from a machine that is joined.</summary>
    public const string EntraVirtualDesktops = Learn + "entra/identity/devices/howto-device-identity-virtual-desktop-infrastructure";

    /// <summary>CrowdStrike's scripts: the keys that hold the agent's id.</summary>
    public const string FalconWindows = "https://github.com/CrowdStrike/falcon-scripts/blob/main/powershell/install/falcon_windows_uninstall.ps1";

    /// <summary>CrowdStrike's scripts: what prepares a golden image.</summary>
    public const string FalconLinux = "https://github.com/CrowdStrike/falcon-scripts/blob/main/bash/install/README.md";

    /// <summary>Splunk's instance.cfg: every instance has a unique string in it.</summary>
    public const string SplunkInstance = "https://help.splunk.com/en/data-management/splunk-enterprise-admin-manual/9.4/configuration-file-reference/9.4.0-configuration-file-reference/instance.cfg.conf";

    /// <summary>WSUS: client requirements, and clients that were made from an image.</summary>
    public const string WsusClients = Learn + "previous-versions/windows/it-pro/windows-server-2008-R2-and-2008/dd939898(v=ws.10)";

    /// <summary>Turn on automatic logon: the password is stored in the registry as plain text.</summary>
    public const string AutomaticLogon = Learn + "troubleshoot/windows-server/user-profiles-and-logon/turn-on-automatic-logon";

    /// <summary>The Custom Script Extension, and where it downloads to.</summary>
    public const string CustomScriptWindows = Machines + "extensions/custom-script-windows";

    /// <summary>The Custom Script Extension for Linux, and where it downloads to.</summary>
    public const string CustomScriptLinux = Machines + "extensions/custom-script-linux";

    /// <summary>Where Run Command keeps scripts on a Windows.</summary>
    public const string RunCommandWindows = "https://github.com/AtomicGaryBusey/AzureForensics/blob/master/FORENSIC%20ARTIFACTS%20-%20Azure%20Run%20Command%20Extension%20Use.md";

    /// <summary>The extension behind Run Command on a Linux.</summary>
    public const string RunCommandLinux = "https://github.com/Azure/run-command-extension-linux";

    /// <summary>The Metadata Security Protocol's agent: copying its key to another machine.</summary>
    public const string ProxyAgentKeys = "https://github.com/Azure/GuestProxyAgent/blob/main/doc/plans/Innovation-1.2-vtpm-sealing.md";

    /// <summary>Where the Azure CLI keeps its tokens.</summary>
    public const string AzureCliTokens = Learn + "cli/azure/msal-based-azure-cli";

    /// <summary>Where the AWS CLI keeps its keys.</summary>
    public const string AwsCredentials = "https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-files.html";

    /// <summary>Where gcloud keeps application default credentials.</summary>
    public const string GoogleCredentials = "https://cloud.google.com/docs/authentication/application-default-credentials";

    /// <summary>Where kubectl keeps its access.</summary>
    public const string KubernetesConfiguration = "https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/";

    /// <summary>Where Docker keeps passwords when no credential store does.</summary>
    public const string DockerLogin = "https://docs.docker.com/reference/cli/docker/login/";

    /// <summary>ssh(1): the files of private keys.</summary>
    public const string SshKeys = "https://man.openbsd.org/ssh.1#FILES";

    /// <summary>git-credential-store: passwords, unencrypted on disk.</summary>
    public const string GitCredentials = "https://git-scm.com/docs/git-credential-store";

    /// <summary>Microsoft Defender for Endpoint on Linux: offboarding.</summary>
    public const string DefenderLinux = Learn + "defender-endpoint/linux-resources";

    /// <summary>How Landscape's client keeps what it is registered by.</summary>
    public const string LandscapeRegistration = "https://github.com/canonical/landscape-client/blob/main/landscape/client/broker/registration.py";

    /// <summary>Prepare a Red Hat-based virtual machine for Azure: unregister its subscription.</summary>
    public const string RedHat = Machines + "linux/redhat-create-upload-vhd";

    /// <summary>The identifiers of a Red Hat Enterprise Linux in Insights.</summary>
    public const string RedHatInsights = "https://github.com/RedHatInsights/insights-core/blob/master/insights/client/utilities.py";

    /// <summary>Where Puppet keeps its private keys.</summary>
    public const string PuppetKeys = "https://github.com/puppetlabs/puppet/blob/main/lib/puppet/defaults.rb";

    /// <summary>Where a Salt minion keeps its keys and its id.</summary>
    public const string SaltKeys = "https://github.com/saltstack/salt/blob/master/doc/ref/configuration/minion.rst";

    /// <summary>Where Chef keeps its client's key.</summary>
    public const string ChefKeys = "https://github.com/chef/chef/blob/main/chef-config/lib/chef-config/config.rb";

    /// <summary>Kerberos: a keytab holds the keys of the host's account.</summary>
    public const string HostKeytab = "https://web.mit.edu/kerberos/krb5-latest/doc/basic/keytab_def.html";

    /// <summary>Secure Boot UEFI keys: what is signed by none of them does not start.</summary>
    public const string SecureBootKeys = Machines + "trusted-launch-secure-boot-custom-uefi";

    /// <summary>Secure Boot's certificates that expire in 2026, and those of 2023.</summary>
    public const string SecureBootCertificates = "https://support.microsoft.com/help/5062713";

    /// <summary>Registry key updates for Secure Boot: UEFICA2023Status.</summary>
    public const string SecureBootStatus = "https://support.microsoft.com/topic/registry-key-updates-for-secure-boot-windows-devices-with-it-managed-updates-a7be69c9-4634-42e1-9ca1-df06f43f360d";

    /// <summary>What Microsoft checks and changes before it moves a Windows to NVMe: StartOverride in every control set.</summary>
    public const string NvmeConversion = "https://github.com/Azure/SAP-on-Azure-Scripts-and-Utilities/blob/main/Azure-NVMe-Utils/Azure-NVMe-Conversion.ps1";

    /// <summary>The Microsoft Azure Network Adapter, and the systems that have its driver.</summary>
    public const string AzureNetworkAdapter = "https://github.com/MicrosoftDocs/azure-docs/blob/main/articles/virtual-network/accelerated-networking-mana-overview.md";

    /// <summary>The agent of the Metadata Security Protocol.</summary>
    public const string ProxyAgent = "https://github.com/Azure/GuestProxyAgent";

    /// <summary>What Microsoft's LISA checks of the images in the Marketplace.</summary>
    public const string ImageStandard = "https://github.com/microsoft/lisa/blob/main/lisa/microsoft/testsuites/core/azure_image_standard.py";

    /// <summary>The oldest versions of Azure's agents that are supported.</summary>
    public const string AgentVersions = Learn + "troubleshoot/azure/virtual-machines/windows/support-extensions-agent-version";

    /// <summary>OpenSSH for Windows: where the server keeps its host keys.</summary>
    public const string OpenSshWindows = Learn + "windows-server/administration/openssh/openssh-server-configuration";
}
