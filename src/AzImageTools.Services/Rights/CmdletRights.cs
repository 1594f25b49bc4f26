namespace AzImageTools.Services.Rights;

/// <summary>The least that a cmdlet has to be allowed to do in Azure: docs/rights.md is made of it.</summary>
/// <param name="Cmdlet">The cmdlet.</param>
/// <param name="Rights">What it needs, by what for.</param>
internal sealed record CmdletRights(string Cmdlet, IReadOnlyList<RightGroup> Rights)
{
    private const string Compute = "Microsoft.Compute/";
    private const string Network = "Microsoft.Network/";
    private const string Blobs = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/";
    private const string Groups = "Microsoft.Resources/subscriptions/resourceGroups/read";

    /// <summary>What every cmdlet uses where it is allowed: to tell before what would be refused, and to ask how operations are getting on.</summary>
    public static IReadOnlyList<string> Common { get; } =
    [
        "Microsoft.Authorization/locks/read",
        "Microsoft.Authorization/permissions/read",
        Compute + "locations/capsOperations/read",
        Compute + "locations/diskOperations/read",
        Compute + "locations/operations/read",
    ];

    /// <summary>Of each cmdlet that changes Azure, or reads more there than names.</summary>
    public static IReadOnlyList<CmdletRights> All { get; } =
    [
        new("Backup-AzVMDisk",
        [
            new("the machine", Compute + "virtualMachines/read", Compute + "disks/read", Network + "networkInterfaces/read"),
            new("its disks' copies", Compute + "disks/beginGetAccess/action"),
            new("snapshots", Compute + "snapshots/read", Compute + "snapshots/write"),
            new("a restore point", Compute + "restorePointCollections/read", Compute + "restorePointCollections/write", Compute + "restorePointCollections/restorePoints/read", Compute + "restorePointCollections/restorePoints/write"),
            new("undoing", Compute + "snapshots/delete", Compute + "restorePointCollections/delete") { IsForUndo = true },
        ]),
        new("Copy-AzImageVersion",
        [
            new("the version, and where it is copied to", Compute + "galleries/read", Compute + "galleries/images/read", Compute + "galleries/images/versions/read", Compute + "galleries/images/versions/write"),
            new("an image definition that is new", Compute + "galleries/images/write"),
            new("undoing", Compute + "galleries/images/delete", Compute + "galleries/images/versions/delete") { IsForUndo = true },
        ]),
        new("Copy-AzVhd",
        [
            new("a managed disk", Compute + "disks/read", Compute + "disks/beginGetAccess/action", Compute + "disks/endGetAccess/action"),
            new("a snapshot", Compute + "snapshots/read", Compute + "snapshots/beginGetAccess/action", Compute + "snapshots/endGetAccess/action"),
            new("what is attached, by a temporary snapshot", Compute + "virtualMachines/read", Compute + "snapshots/write", Compute + "snapshots/delete"),
            new("a page blob, by sign-in") { DataActions = [Blobs + "read"] },
            new("into a page blob, by sign-in") { DataActions = [Blobs + "read", Blobs + "write"] },
            new("into a snapshot", Groups, Compute + "snapshots/write"),
            new("undoing", Compute + "snapshots/delete") { DataActions = [Blobs + "delete"], IsForUndo = true },
        ]),
        new("Get-AzImageConsumer",
        [
            new("what it may see: the rest is left out without a word", Compute + "virtualMachines/read", Compute + "virtualMachineScaleSets/read", Compute + "galleries/images/versions/read"),
        ]),
        new("Get-AzVhdInfo",
        [
            .. ToRead,
            new("a page blob, by sign-in") { DataActions = [Blobs + "read"] },
        ])
        {
            Also = ["Get-AzVhdItem", "Copy-AzVhdItem", "Get-AzVhdRegistryValue", "Test-SysprepReadiness", "Test-DeprovisionReadiness"],
        },
        new("Get-AzVMBackup", [new("the backups", Compute + "snapshots/read", Compute + "restorePointCollections/read")]),
        new("Invoke-AzVMGeneralization",
        [
            new("the machine", Compute + "virtualMachines/read", Compute + "virtualMachines/instanceView/read", Compute + "disks/read"),
            new("to judge its disk, by a temporary snapshot", Compute + "disks/beginGetAccess/action", Compute + "snapshots/read", Compute + "snapshots/write", Compute + "snapshots/delete", Compute + "snapshots/beginGetAccess/action", Compute + "snapshots/endGetAccess/action") { DataActions = SnapshotSignIn },
            new("its guest", Compute + "virtualMachines/runCommands/read", Compute + "virtualMachines/runCommands/write", Compute + "virtualMachines/runCommands/delete"),
            new("one that stops and is what it was", Compute + "virtualMachines/start/action"),
            new("its backup (not with -NoBackup)", Network + "networkInterfaces/read", Compute + "restorePointCollections/read", Compute + "restorePointCollections/write", Compute + "restorePointCollections/restorePoints/read", Compute + "restorePointCollections/restorePoints/write"),
            new("undoing", Compute + "restorePointCollections/delete") { IsForUndo = true },
        ]),
        new("New-AzCapturedImage",
        [
            new("the machine", Compute + "virtualMachines/read", Compute + "disks/read"),
            new("its generalizing (not with -OsState Specialized)", Compute + "virtualMachines/deallocate/action", Compute + "virtualMachines/generalize/action"),
            new("its snapshot (not with -NoBackup)", Compute + "disks/beginGetAccess/action", Compute + "snapshots/read", Compute + "snapshots/write", Network + "networkInterfaces/read"),
            new("a managed image", Groups, Compute + "images/read", Compute + "images/write"),
            new("a gallery version", Compute + "galleries/read", Compute + "galleries/images/read", Compute + "galleries/images/versions/read", Compute + "galleries/images/versions/write"),
            new("an image definition that is new", Compute + "galleries/images/write"),
            new("a version by way of a managed image (TrustedLaunchSupported and the like)", Compute + "images/delete"),
            new("undoing", Compute + "snapshots/delete", Compute + "images/delete", Compute + "galleries/images/delete", Compute + "galleries/images/versions/delete") { IsForUndo = true },
        ]),
        new("New-AzCapturedImage -Generalize",
        [
            new("the machine", Compute + "virtualMachines/read", Compute + "virtualMachines/instanceView/read", Compute + "disks/read"),
            new("to judge its disk, by a temporary snapshot, and its backup", Compute + "disks/beginGetAccess/action", Compute + "snapshots/read", Compute + "snapshots/write", Compute + "snapshots/delete", Compute + "snapshots/beginGetAccess/action", Compute + "snapshots/endGetAccess/action", Network + "networkInterfaces/read") { DataActions = SnapshotSignIn },
            new("its guest", Compute + "virtualMachines/runCommands/read", Compute + "virtualMachines/runCommands/write", Compute + "virtualMachines/runCommands/delete"),
            new("one that stops and is what it was", Compute + "virtualMachines/start/action"),
            new("its capture", Compute + "virtualMachines/deallocate/action", Compute + "virtualMachines/generalize/action"),
            new("a gallery version", Compute + "galleries/read", Compute + "galleries/images/read", Compute + "galleries/images/versions/read", Compute + "galleries/images/versions/write"),
            new("an image definition that is new", Compute + "galleries/images/write"),
            new("undoing", Compute + "galleries/images/delete", Compute + "galleries/images/versions/delete") { IsForUndo = true },
        ]),
        new("New-AzCapturedImage -PreserveSource",
        [
            new("the machine", Compute + "virtualMachines/read", Compute + "virtualMachines/instanceView/read", Compute + "disks/read"),
            new("to judge disks, and to copy them", Compute + "disks/beginGetAccess/action", Compute + "snapshots/read", Compute + "snapshots/write", Compute + "snapshots/delete", Compute + "snapshots/beginGetAccess/action", Compute + "snapshots/endGetAccess/action") { DataActions = SnapshotSignIn },
            new("whether there are cores for a clone", Compute + "skus/read", Compute + "locations/usages/read"),
            new("the clone's resource group (not with -TemporaryResourceGroupName)", Groups, "Microsoft.Resources/subscriptions/resourceGroups/write", "Microsoft.Resources/subscriptions/resourceGroups/delete"),
            new("the clone", Compute + "disks/write", Compute + "disks/delete", Compute + "virtualMachines/write", Compute + "virtualMachines/delete", Network + "networkInterfaces/read", Network + "networkInterfaces/write", Network + "networkInterfaces/delete", Network + "networkInterfaces/join/action"),
            new("its network (not with -SubnetId)", Network + "networkSecurityGroups/read", Network + "networkSecurityGroups/write", Network + "networkSecurityGroups/delete", Network + "networkSecurityGroups/join/action", Network + "virtualNetworks/read", Network + "virtualNetworks/write", Network + "virtualNetworks/delete", Network + "virtualNetworks/subnets/join/action"),
            new("its guest", Compute + "virtualMachines/runCommands/read", Compute + "virtualMachines/runCommands/write", Compute + "virtualMachines/runCommands/delete"),
            new("its capture", Compute + "virtualMachines/deallocate/action", Compute + "virtualMachines/generalize/action"),
            new("a gallery version", Compute + "galleries/read", Compute + "galleries/images/read", Compute + "galleries/images/versions/read", Compute + "galleries/images/versions/write"),
            new("an image definition that is new", Compute + "galleries/images/write"),
            new("undoing", Compute + "galleries/images/delete", Compute + "galleries/images/versions/delete") { IsForUndo = true },
        ]),
        new("New-AzImageVM",
        [
            new("what it is made of", Compute + "galleries/images/read", Compute + "galleries/images/versions/read", Compute + "images/read", Compute + "disks/read"),
            new("its size", Groups, Compute + "skus/read", Compute + "locations/usages/read"),
            new("the machine", Compute + "virtualMachines/read", Compute + "virtualMachines/write", Network + "networkInterfaces/read", Network + "networkInterfaces/write", Network + "networkInterfaces/join/action"),
            new("its network (not with -SubnetId)", Network + "networkSecurityGroups/read", Network + "networkSecurityGroups/write", Network + "networkSecurityGroups/join/action", Network + "virtualNetworks/read", Network + "virtualNetworks/write", Network + "virtualNetworks/subnets/join/action"),
            new("undoing", Compute + "virtualMachines/delete", Compute + "disks/delete", Network + "networkInterfaces/delete", Network + "networkSecurityGroups/delete", Network + "virtualNetworks/delete") { IsForUndo = true },
        ]),
        new("New-AzVhdImage",
        [
            new("the disk", Compute + "disks/read"),
            new("the image", Groups, Compute + "images/read", Compute + "images/write"),
            new("undoing", Compute + "images/delete") { IsForUndo = true },
        ]),
        new("Publish-AzImageVersion",
        [
            new("a managed disk", Compute + "disks/read"),
            new("a snapshot", Compute + "snapshots/read"),
            new("a virtual machine", Compute + "virtualMachines/read", Compute + "disks/read"),
            new("a managed image", Compute + "images/read"),
            new("a page blob", "Microsoft.Storage/storageAccounts/read") { DataActions = [Blobs + "read"] },
            new("the version, or another that it is made of", Compute + "galleries/read", Compute + "galleries/images/read", Compute + "galleries/images/versions/read", Compute + "galleries/images/versions/write"),
            new("an image definition that is new", Compute + "galleries/images/write"),
            new("a version by way of a managed image (TrustedLaunchSupported and the like)", Groups, Compute + "images/read", Compute + "images/write", Compute + "images/delete"),
            new("a version by way of page blobs (-TemporaryStorageAccountName)", "Microsoft.Storage/storageAccounts/read", Compute + "disks/beginGetAccess/action", Compute + "disks/endGetAccess/action", Compute + "snapshots/read", Compute + "snapshots/beginGetAccess/action", Compute + "snapshots/endGetAccess/action")
            {
                DataActions = [Blobs + "read", Blobs + "write", Blobs + "delete"],
            },
            new("of what is attached, by a temporary snapshot", Compute + "snapshots/write", Compute + "snapshots/delete"),
            new("undoing", Compute + "images/delete", Compute + "galleries/images/delete", Compute + "galleries/images/versions/delete") { IsForUndo = true },
        ]),
        new("Receive-AzVhd",
        [
            .. ToRead,
            new("a page blob, by sign-in") { DataActions = [Blobs + "read"] },
        ]),
        new("Remove-AzImageLeftover",
        [
            new("what there is", Groups),
            new("snapshots", Compute + "snapshots/read", Compute + "snapshots/endGetAccess/action", Compute + "snapshots/delete"),
            new("disks", Compute + "disks/read", Compute + "disks/endGetAccess/action", Compute + "disks/delete"),
            new("whole groups", "Microsoft.Resources/subscriptions/resourceGroups/delete"),
        ]),
        new("Remove-AzStaleImageVersion",
        [
            new("the gallery", Compute + "galleries/images/read", Compute + "galleries/images/versions/read"),
            new("versions", Compute + "galleries/images/versions/delete"),
            new("with -WaitingDays", Compute + "galleries/images/versions/write"),
        ]),
        new("Restore-AzImageVersion",
        [
            new("the gallery", Compute + "galleries/read", Compute + "galleries/images/read", Compute + "galleries/softDeletedArtifactTypes/artifacts/versions/read"),
            new("the version", Compute + "galleries/images/versions/read", Compute + "galleries/images/versions/write"),
        ]),
        new("Restore-AzVMBackup",
        [
            new("the backup", Compute + "snapshots/read", Compute + "snapshots/beginGetAccess/action", Compute + "restorePointCollections/read", Compute + "restorePointCollections/restorePoints/read", Compute + "restorePointCollections/restorePoints/diskRestorePoints/beginGetAccess/action"),
            new("its disks", Compute + "disks/read", Compute + "disks/write"),
            new("the machine", Compute + "virtualMachines/read", Compute + "virtualMachines/write"),
            new("one that is there", Compute + "virtualMachines/deallocate/action", Compute + "virtualMachines/start/action"),
            new("one that is generalized", Compute + "virtualMachines/delete"),
            new("one that is made", Network + "networkInterfaces/read", Network + "networkInterfaces/join/action"),
            new("one beside, or without its interfaces", Groups, Network + "networkInterfaces/write", Network + "virtualNetworks/subnets/read", Network + "virtualNetworks/subnets/join/action"),
            new("undoing", Compute + "disks/delete", Compute + "virtualMachines/delete", Network + "networkInterfaces/delete") { IsForUndo = true },
        ]),
        new("Send-AzVhd",
        [
            new("a managed disk", Groups, Compute + "disks/read", Compute + "disks/write", Compute + "disks/beginGetAccess/action", Compute + "disks/endGetAccess/action"),
            new("with -DataAccessAuthMode AzureActiveDirectory") { DataActions = [Compute + "disks/upload/action"] },
            new("a page blob, by sign-in") { DataActions = [Blobs + "read", Blobs + "write"] },
            new("undoing", Compute + "disks/delete") { DataActions = [Blobs + "delete"], IsForUndo = true },
        ]),
        new("Test-AzImageBoot",
        [
            new("what is booted", Compute + "galleries/images/read", Compute + "galleries/images/versions/read"),
            new("a disk that is booted", Compute + "disks/read", Compute + "disks/write", Compute + "disks/beginGetAccess/action"),
            new("a size", Compute + "skus/read", Compute + "locations/usages/read"),
            new("a resource group for it", Groups, "Microsoft.Resources/subscriptions/resourceGroups/write", "Microsoft.Resources/subscriptions/resourceGroups/delete"),
            new("its network", Network + "networkSecurityGroups/read", Network + "networkSecurityGroups/write", Network + "networkSecurityGroups/join/action", Network + "virtualNetworks/read", Network + "virtualNetworks/write", Network + "virtualNetworks/subnets/join/action", Network + "networkInterfaces/read", Network + "networkInterfaces/write", Network + "networkInterfaces/join/action"),
            new("the machine", Compute + "virtualMachines/read", Compute + "virtualMachines/write", Compute + "virtualMachines/instanceView/read", Compute + "virtualMachines/retrieveBootDiagnosticsData/action"),
            new("a smoke test (-Script)", Compute + "virtualMachines/runCommand/action"),
            new("to read the disk of one that does not come up", Compute + "virtualMachines/deallocate/action", Compute + "disks/read", Compute + "disks/beginGetAccess/action", Compute + "snapshots/read", Compute + "snapshots/write", Compute + "snapshots/delete", Compute + "snapshots/beginGetAccess/action", Compute + "snapshots/endGetAccess/action"),
        ]),
        new("Set-AzImageVersion",
        [
            new("the version", Compute + "galleries/images/read", Compute + "galleries/images/versions/read", Compute + "galleries/images/versions/write"),
        ]),
        new("Wait-AzImageVersion",
        [
            new("the version", Compute + "galleries/images/read", Compute + "galleries/images/versions/read"),
            new("what was made on the way to it", Compute + "images/read", Compute + "images/delete"),
        ]),
    ];

    /// <summary>To read a disk, snapshot or machine's disk where it lies.</summary>
    private static IEnumerable<RightGroup> ToRead =>
    [
        new("a managed disk", Compute + "disks/read", Compute + "disks/beginGetAccess/action", Compute + "disks/endGetAccess/action"),
        new("a snapshot", Compute + "snapshots/read", Compute + "snapshots/beginGetAccess/action", Compute + "snapshots/endGetAccess/action"),
        new("what is attached, by a temporary snapshot", Compute + "virtualMachines/read", Compute + "snapshots/write", Compute + "snapshots/delete"),
        SignIn,
    ];

    /// <summary>
    /// To read what asks for a sign-in beside the signature: <c>dataAccessAuthMode</c> is AzureActiveDirectory (Microsoft Learn, "Secure downloads and uploads of Azure managed disks", which
    /// names these actions; the role Data Operator for Managed Disks has them). By which of them a disk is read while it is uploaded is not told there.
    /// </summary>
    private static RightGroup SignIn => new("one that asks for a sign-in beside the signature") { DataActions = [Compute + "disks/download/action", Compute + "snapshots/download/action"] };

    private static IReadOnlyList<string> SnapshotSignIn => [Compute + "snapshots/download/action"];

    /// <summary>Other cmdlets that need the same.</summary>
    public IReadOnlyList<string> Also { get; init; } = [];

    /// <summary>What a run needs that nothing goes wrong with, data actions among it.</summary>
    public IEnumerable<string> Needed => Rights.Where(group => !group.IsForUndo).SelectMany(group => group.Actions.Concat(group.DataActions));

    /// <summary>All data actions, each once, in order.</summary>
    public IReadOnlyList<string> DataActions => [.. Rights.SelectMany(group => group.DataActions).Distinct(StringComparer.OrdinalIgnoreCase).OrderBy(action => action, StringComparer.Ordinal)];

    /// <summary>All, each once, in order.</summary>
    public IReadOnlyList<string> Actions => [.. Rights.SelectMany(group => group.Actions).Concat(Common).Distinct(StringComparer.OrdinalIgnoreCase).OrderBy(action => action, StringComparer.Ordinal)];
}

/// <summary>Some of what a cmdlet needs.</summary>
/// <param name="For">What for.</param>
/// <param name="Actions">The actions, as roles name them.</param>
internal sealed record RightGroup(string For, params string[] Actions)
{
    /// <summary>What is done to data by sign-in, as roles name it.</summary>
    public IReadOnlyList<string> DataActions { get; init; } = [];

    /// <summary>Whether it is needed only to undo what a run made that fails: without it, the error says what to remove by hand.</summary>
    public bool IsForUndo { get; init; }
}
