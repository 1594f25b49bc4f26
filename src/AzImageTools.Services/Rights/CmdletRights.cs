namespace AzImageTools.Services.Rights;

/// <summary>The least that a cmdlet has to be allowed to do in Azure: docs/rights.md is made of it.</summary>
/// <param name="Cmdlet">The cmdlet.</param>
/// <param name="Rights">What it needs, by what for.</param>
internal sealed record CmdletRights(string Cmdlet, IReadOnlyList<RightGroup> Rights)
{
    private const string Compute = "Microsoft.Compute/";
    private const string Network = "Microsoft.Network/";
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

    /// <summary>Of each cmdlet that changes Azure.</summary>
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
        new("Invoke-AzVMGeneralization",
        [
            new("the machine", Compute + "virtualMachines/read", Compute + "virtualMachines/instanceView/read", Compute + "disks/read"),
            new("to judge its disk, by a temporary snapshot", Compute + "disks/beginGetAccess/action", Compute + "snapshots/read", Compute + "snapshots/write", Compute + "snapshots/delete", Compute + "snapshots/beginGetAccess/action", Compute + "snapshots/endGetAccess/action"),
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
        new("New-AzCapturedImage -PreserveSource",
        [
            new("the machine", Compute + "virtualMachines/read", Compute + "virtualMachines/instanceView/read", Compute + "disks/read"),
            new("to judge disks, and to copy them", Compute + "disks/beginGetAccess/action", Compute + "snapshots/read", Compute + "snapshots/write", Compute + "snapshots/delete", Compute + "snapshots/beginGetAccess/action", Compute + "snapshots/endGetAccess/action"),
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
            new("the version", Compute + "galleries/read", Compute + "galleries/images/read", Compute + "galleries/images/versions/read", Compute + "galleries/images/versions/write"),
            new("an image definition that is new", Compute + "galleries/images/write"),
            new("a version by way of a managed image (TrustedLaunchSupported and the like)", Groups, Compute + "images/read", Compute + "images/write", Compute + "images/delete"),
            new("undoing", Compute + "images/delete", Compute + "galleries/images/delete", Compute + "galleries/images/versions/delete") { IsForUndo = true },
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
        new("Wait-AzImageVersion",
        [
            new("the version", Compute + "galleries/images/read", Compute + "galleries/images/versions/read"),
            new("what was made on the way to it", Compute + "images/read", Compute + "images/delete"),
        ]),
    ];

    /// <summary>What a run needs that nothing goes wrong with.</summary>
    public IEnumerable<string> Needed => Rights.Where(group => !group.IsForUndo).SelectMany(group => group.Actions);

    /// <summary>All, each once, in order.</summary>
    public IReadOnlyList<string> Actions => [.. Rights.SelectMany(group => group.Actions).Concat(Common).Distinct(StringComparer.OrdinalIgnoreCase).OrderBy(action => action, StringComparer.Ordinal)];
}

/// <summary>Some of what a cmdlet needs.</summary>
/// <param name="For">What for.</param>
/// <param name="Actions">The actions, as roles name them.</param>
internal sealed record RightGroup(string For, params string[] Actions)
{
    /// <summary>Whether it is needed only to undo what a run made that fails: without it, the error says what to remove by hand.</summary>
    public bool IsForUndo { get; init; }
}
