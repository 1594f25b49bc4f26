using AzImageTools.Readiness.Rules;

namespace AzImageTools.Readiness.Repair;

/// <summary>Why rules can't be set right within a disk image: what docs/repair.md says of each.</summary>
public static class RepairReasons
{
    private const string Container = "It is how the file holds the disk: Send-AzVhd and Convert-AzVhd make it right on the way.";
    private const string Layout = "Partitions are not moved, resized or renamed in a disk that nobody starts.";
    private const string Loader = "A boot loader has to be installed, which is not part of the disk.";
    private const string Product = "The product itself has to leave its service, which knows the machine too.";
    private const string Secret = "Which of these keys and secrets may go is for people to say, and what was in an image is to be revoked too.";
    private const string Unfinished = "Windows has to finish, or undo, what it began.";
    private const string Program = "A program has to be installed or removed, which needs the running Windows.";
    private const string Installation = "It is what was installed: another edition, version or architecture is another installation.";
    private const string Encrypted = "Content is encrypted, and only the running Windows has its keys.";
    private const string Driver = "The driver is not part of the disk, or it is for people to replace one.";
    private const string Firmware = "Firmware has to take part, on a machine with Secure Boot.";
    private const string Live = "Only a running machine shows it.";
    private const string Package = "A package has to be installed, removed or updated, which needs the running system.";
    private const string Service = "A service is enabled by a link, and only files are made.";
    private const string Initramfs = "An initramfs has to be made, which needs the running system.";
    private const string Marketplace = "It is asked of images for the Marketplace alone, and left to whoever makes one.";
    private const string Other = "It is not known how to set it right in a guest that is not running.";

    private static readonly Dictionary<string, string> All = new[]
    {
        (Reason: Container, Rules: new[] { "VhdFixed", "VhdFooter", "VhdAligned", "BackupGpt" }),
        (Reason: Layout, Rules: new[] { "DiskSize", "LogicalSectorSize", "RecoveryPartitionLast", "FirstMiBFree", "DriveLetterD", "Lvm" }),
        (Reason: Loader, Rules: new[] { "Generation", "SignedLoaders", "SecureBootCertificates", "Gen2Boot" }),
        (Reason: Product, Rules: new[] { "DefenderOnboarded", "ConfigMgrIdentity", "IntuneEnrollment", "ArcIdentity", "EntraIdentity", "CrowdStrikeIdentity", "DomainJoined", "LinuxArcIdentity", "LinuxDefenderOnboarded", "LinuxCrowdStrikeIdentity", "LinuxSplunkIdentity", "LandscapeIdentity", "RedHatIdentity" }),
        (Reason: Secret, Rules: new[] { "OpenSshHostKeys", "MetadataKeys", "MachineCertificates", "AutoLogonPassword", "UserSecrets", "RunCommandScripts", "AccountPasswords", "ConfigurationKeys", "KerberosKeytab", "LinuxMetadataKeys", "LinuxUserSecrets", "LinuxRunCommandScripts" }),
        (Reason: Unfinished, Rules: new[] { "PendingServicing", "PendingFileRename", "ReservedStorageIdle", "ImageState", "SysprepStatus", "SetupIdle", "LastSysprepError", "VolumeDirty", "Hibernated" }),
        (Reason: Program, Rules: new[] { "AppxUserOnly", "SysprepProviders", "SqlInstance", "UserProfiles", "ServerRoles", "CertifiedRoles", "VmAgent", "TdiFilters", "FileVersions" }),
        (Reason: Installation, Rules: new[] { "UpgradedOs", "EvaluationEdition", "Architecture", "OsVersion", "LinuxArchitecture" }),
        (Reason: Encrypted, Rules: new[] { "BitLockerOff", "EfsFiles" }),
        (Reason: Driver, Rules: new[] { "SignedBootDrivers", "ManaDriver", "LinuxManaDriver" }),
        (Reason: Firmware, Rules: new[] { "SecureBootStatus" }),
        (Reason: Package, Rules: new[] { "AgentInstalled", "AgentVersion", "PythonVersion", "OpenSslVersion", "OmiVersion", "PackageSources" }),
        (Reason: Service, Rules: new[] { "AgentEnabled", "LinuxMetadataAgent", "KvpDaemon" }),
        (Reason: Initramfs, Rules: new[] { "HyperVInitramfs" }),
        (Reason: Marketplace, Rules: new[] { "SudoTargetPassword", "InterfaceSettings", "DhcpHostName", "KernelOptions" }),
        (Reason: Live, Rules: new[] { "RearmLeft", "RunContext", "LiveHealth", "LocalAdmin" }),
    }.SelectMany(static group => group.Rules.Select(rule => (Rule: rule, group.Reason))).ToDictionary(static pair => pair.Rule, static pair => pair.Reason, StringComparer.Ordinal);

    /// <summary>Why a rule can't be set right within a disk image; null where it can.</summary>
    /// <param name="rule">The rule.</param>
    public static string? Of(ReadinessRule rule)
        => (rule ?? throw new ArgumentNullException(nameof(rule))).IsRepairable ? null : All.TryGetValue(rule.Id, out string? reason) ? reason : Other;
}
