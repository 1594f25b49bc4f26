using static AzImageTools.Sandbox.Tests.Recordings.RecordingsTable;

namespace AzImageTools.Sandbox.Tests.Recordings;

/// <summary>What stands beside disks, images, machines and galleries: what belongs to them, the Marketplace, and other providers.</summary>
internal static class FurtherRecordings
{
    private const string Publishers = "Microsoft.Compute/locations/{}/publishers";
    private const string Storage = "2022-09-01";
    private const string Network = "2022-01-01";
    private const string Locks = "2020-05-01";
    private const string Terms = "2021-01-01";
    private const string AtOnce = Shape + " Done at once: Azure-AsyncOperation is absent.";

    /// <summary>All of them.</summary>
    public static IEnumerable<Recording> Rows => [.. OfMachines, .. OfDisks, .. Marketplace, .. Authorization, .. StorageAccounts, .. Networks];

    private static readonly Recording[] OfMachines =
    [
        new("GET Microsoft.Compute/virtualMachines/{}/vmSizes", "VirtualMachine_ListAvailableVmSizes.json", Compute, Ok, Shape),
        new("POST Microsoft.Compute/virtualMachines/{}/reapply", "VirtualMachine_Reapply.json", Compute, Taken, Status) { Async = "operations", HasLocation = true },
        new("POST Microsoft.Compute/virtualMachines/{}/redeploy", "VirtualMachine_Redeploy_MaximumSet_Gen.json", Compute, Taken, Status) { Async = "operations", HasLocation = true },
        new("POST Microsoft.Compute/virtualMachines/{}/retrieveBootDiagnosticsData", "VirtualMachine_RetrieveBootDiagnosticsData.json", Compute, Ok, Shape),
        new("POST Microsoft.Compute/virtualMachines/{}/runCommand", "VirtualMachineRunCommand.json", Compute, Taken, Status + " The output at the end.") { Async = "operations", HasLocation = true },
        new("GET Microsoft.Compute/locations/{}/runCommands", "RunCommand_List.json", Compute, Ok, Shape),
        new("GET Microsoft.Compute/locations/{}/runCommands/{}", "RunCommand_Get.json", Compute, Ok, Shape),
        new("GET Microsoft.Compute/virtualMachines/{}/runCommands", "VirtualMachineRunCommand_List.json", Compute, Ok, Shape),
        new("GET Microsoft.Compute/virtualMachines/{}/runCommands/{}", "VirtualMachineRunCommand_Get.json", Compute, Ok, Shape),
        new("PUT Microsoft.Compute/virtualMachines/{}/runCommands/{}", "VirtualMachineRunCommand_CreateOrUpdate.json", Compute, Made, Shape) { Async = "operations" },
        new("PATCH Microsoft.Compute/virtualMachines/{}/runCommands/{}", "VirtualMachineRunCommand_Update.json", Compute, Ok, Shape) { Async = "operations" },
        new("DELETE Microsoft.Compute/virtualMachines/{}/runCommands/{}", "VirtualMachineRunCommand_Delete.json", Compute, Gone, Status) { Async = "operations", HasLocation = true },
        new("GET Microsoft.Compute/virtualMachineScaleSets", "VirtualMachineScaleSet_List_MaximumSet_Gen.json", Compute, Ok, Shape),
        new("GET Microsoft.Compute/virtualMachineScaleSets/{}", "VirtualMachineScaleSet_Get_WithUserData.json", Compute, Ok, Shape),
        new("PUT Microsoft.Compute/virtualMachineScaleSets/{}", "VirtualMachineScaleSet_Create_FromACustomImage.json", Compute, Made, Shape) { Async = "operations" },
        new("PATCH Microsoft.Compute/virtualMachineScaleSets/{}", "VirtualMachineScaleSet_Update_MinimumSet_Gen.json", Compute, Ok, Shape),
        new("DELETE Microsoft.Compute/virtualMachineScaleSets/{}", "VirtualMachineScaleSet_Delete_Force.json", Compute, Gone, Status) { Async = "operations", HasLocation = true },
        new("GET Microsoft.Compute/virtualMachines/{}/extensions", "VirtualMachineExtension_List_MaximumSet_Gen.json", Compute, Ok, Shape),
        new("GET Microsoft.Compute/virtualMachines/{}/extensions/{}", "VirtualMachineExtension_Get_MaximumSet_Gen.json", Compute, Ok, Shape),
        new("PUT Microsoft.Compute/virtualMachines/{}/extensions/{}", "VirtualMachineExtension_CreateOrUpdate_MaximumSet_Gen.json", Compute, Made, Shape) { Async = "operations" },
        new("PATCH Microsoft.Compute/virtualMachines/{}/extensions/{}", "VirtualMachineExtension_Update.json", Compute, Ok, Shape) { Async = "operations" },
        new("DELETE Microsoft.Compute/virtualMachines/{}/extensions/{}", "VirtualMachineExtension_Delete_MaximumSet_Gen.json", Compute, Gone, Status) { Async = "operations", HasLocation = true },
        new("GET Microsoft.Compute/restorePointCollections", "RestorePointCollection_ListByResourceGroup.json", Compute, Ok, Shape),
        new("GET Microsoft.Compute/restorePointCollections/{}", "RestorePointCollection_Get.json", Compute, Ok, Shape),
        new("PUT Microsoft.Compute/restorePointCollections/{}", "RestorePointCollection_CreateOrUpdate.json", Compute, Made, Shape),
        new("PATCH Microsoft.Compute/restorePointCollections/{}", "RestorePointCollection_Update_MaximumSet_Gen.json", Compute, Ok, Shape),
        new("DELETE Microsoft.Compute/restorePointCollections/{}", "RestorePointCollection_Delete_MaximumSet_Gen.json", Compute, Gone, Status) { Async = "operations", HasLocation = true },
        new("GET Microsoft.Compute/restorePointCollections/{}/restorePoints", null, "", Ok, "Azure has no list of its own; restore points come with $expand."),
        new("GET Microsoft.Compute/restorePointCollections/{}/restorePoints/{}", "RestorePoint_Get.json", Compute, Ok, Shape),
        new("PUT Microsoft.Compute/restorePointCollections/{}/restorePoints/{}", "RestorePoint_Create.json", Compute, [201], Shape) { Async = "operations" },
        new("DELETE Microsoft.Compute/restorePointCollections/{}/restorePoints/{}", "RestorePoint_Delete_MaximumSet_Gen.json", Compute, Gone, Status) { Async = "operations", HasLocation = true },
        new("GET Microsoft.Compute/restorePointCollections/{}/restorePoints/{}/diskRestorePoints", "DiskRestorePoint_ListByVmRestorePoint.json", Disk, Ok, Shape),
        new("GET Microsoft.Compute/restorePointCollections/{}/restorePoints/{}/diskRestorePoints/{}", "DiskRestorePoint_Get.json", Disk, Ok, Shape),
        new("POST Microsoft.Compute/restorePointCollections/{}/restorePoints/{}/diskRestorePoints/{}/beginGetAccess", "DiskRestorePoint_BeginGetAccess.json", Disk, Taken, Status) { Async = "DiskOperations", HasLocation = true },
        new("POST Microsoft.Compute/restorePointCollections/{}/restorePoints/{}/diskRestorePoints/{}/endGetAccess", "DiskRestorePoint_EndGetAccess.json", Disk, Taken, Status) { Async = "DiskOperations", HasLocation = true },
    ];

    private static readonly Recording[] OfDisks =
    [
        new("GET Microsoft.Compute/diskAccesses", "DiskAccess_ListByResourceGroup.json", Disk, Ok, Shape),
        new("GET Microsoft.Compute/diskAccesses/{}", "DiskAccess_Get.json", Disk, Ok, Shape),
        new("PUT Microsoft.Compute/diskAccesses/{}", "DiskAccess_Create.json", Disk, Taken, Shape) { Async = "DiskOperations", HasLocation = true },
        new("PATCH Microsoft.Compute/diskAccesses/{}", "DiskAccess_Update.json", Disk, Taken, Shape) { Async = "DiskOperations", HasLocation = true },
        new("DELETE Microsoft.Compute/diskAccesses/{}", "DiskAccess_Delete.json", Disk, Gone, Status) { Async = "DiskOperations", HasLocation = true },
        new("GET Microsoft.Compute/diskAccesses/{}/privateLinkResources", "DiskAccessPrivateLinkResources_Get.json", Disk, Ok, Shape),
        new("GET Microsoft.Compute/diskEncryptionSets/{}/associatedResources", "DiskEncryptionSet_ListAssociatedResources.json", Disk, Ok, Shape),
        new("GET Microsoft.Compute/diskEncryptionSets", "DiskEncryptionSet_ListByResourceGroup.json", Disk, Ok, Shape),
        new("GET Microsoft.Compute/diskEncryptionSets/{}", "DiskEncryptionSet_Get.json", Disk, Ok, Shape),
        new("PUT Microsoft.Compute/diskEncryptionSets/{}", "DiskEncryptionSet_Create.json", Disk, Taken, Shape) { Async = "DiskOperations", HasLocation = true },
        new("PATCH Microsoft.Compute/diskEncryptionSets/{}", "DiskEncryptionSet_Update.json", Disk, Taken, Shape) { Async = "DiskOperations", HasLocation = true },
        new("DELETE Microsoft.Compute/diskEncryptionSets/{}", "DiskEncryptionSet_Delete.json", Disk, Gone, Status) { Async = "DiskOperations", HasLocation = true },
    ];

    private static readonly Recording[] Marketplace =
    [
        new("POST Microsoft.ResourceGraph/resources", null, "", Ok, "Members as Microsoft's page of Resources - Resources has them."),
        new("GET Microsoft.Compute/galleries/{}/softDeletedArtifactTypes/{}/artifacts/{}/versions", null, "", Ok, "Members as the SDK's model of 2025-03-03 has them."),
        new("DELETE Microsoft.Compute/galleries/{}/softDeletedArtifactTypes/{}/artifacts/{}/versions/{}", null, "", Gone, "Microsoft's page of soft delete names the request alone."),
        new("GET " + Publishers, "VirtualMachineImage_ListPublishers_MaximumSet_Gen.json", Compute, Ok, Shape),
        new("GET " + Publishers + "/{}/artifacttypes/{}/offers", "VirtualMachineImage_ListOffers_MaximumSet_Gen.json", Compute, Ok, Shape),
        new("GET " + Publishers + "/{}/artifacttypes/{}/offers/{}/skus", "VirtualMachineImage_ListSkus_MaximumSet_Gen.json", Compute, Ok, Shape),
        new("GET " + Publishers + "/{}/artifacttypes/{}/offers/{}/skus/{}/versions", "VirtualMachineImage_List_MaximumSet_Gen.json", Compute, Ok, Shape),
        new("GET " + Publishers + "/{}/artifacttypes/{}/offers/{}/skus/{}/versions/{}", "VirtualMachineImage_Get_MaximumSet_Gen.json", Compute, Ok, Shape),
        new("GET Microsoft.Compute/locations/{}/usages", "Usage_List_MaximumSet_Gen.json", Compute, Ok, Shape),
        new("GET Microsoft.Compute/locations/{}/vmSizes", "VirtualMachineSizes_List_MaximumSet_Gen.json", Compute, Ok, Shape),
        new("GET Microsoft.Compute/skus", "ListAvailableResourceSkusForARegion.json", "2021-07-01", Ok, Shape),
        new("GET Microsoft.MarketplaceOrdering/agreements", "ListMarketplaceTerms.json", Terms, Ok, Shape),
        new("GET Microsoft.MarketplaceOrdering/agreements/{}/offers/{}/plans/{}", "GetAgreementMarketplaceTerms.json", Terms, Ok, Shape),
        new("POST Microsoft.MarketplaceOrdering/agreements/{}/offers/{}/plans/{}/sign", "SignMarketplaceTerms.json", Terms, Ok, Shape),
        new("POST Microsoft.MarketplaceOrdering/agreements/{}/offers/{}/plans/{}/cancel", "CancelMarketplaceTerms.json", Terms, Ok, Shape),
        new("GET Microsoft.MarketplaceOrdering/offerTypes/{}/publishers/{}/offers/{}/plans/{}/agreements/{}", "GetMarketplaceTerms.json", Terms, Ok, Shape),
        new("PUT Microsoft.MarketplaceOrdering/offerTypes/{}/publishers/{}/offers/{}/plans/{}/agreements/{}", "SetMarketplaceTerms.json", Terms, Ok, Shape),
    ];

    private static readonly Recording[] Authorization =
    [
        new("GET Microsoft.Authorization/permissions", null, "", Ok, "Members as Microsoft's page of Permissions - List For Resource Group has them."),
        new("GET Microsoft.Authorization/policyAssignments", null, "", Ok, "Members as Microsoft's page of Policy Assignments - List has them."),
        new("POST Microsoft.PolicyInsights/checkPolicyRestrictions", "PolicyRestrictions_CheckAtResourceGroupScope.json", "2022-03-01", Ok, Shape + " No field restrictions."),
        new("GET Microsoft.Authorization/locks", "ManagementLocks_ListAtResourceGroupLevel.json", Locks, Ok, Shape),
        new("GET Microsoft.Authorization/locks/{}", "ManagementLocks_GetAtScope.json", Locks, Ok, Shape),
        new("PUT Microsoft.Authorization/locks/{}", "ManagementLocks_CreateOrUpdateAtScope.json", Locks, Made, Shape),
        new("DELETE Microsoft.Authorization/locks/{}", "ManagementLocks_DeleteAtScope.json", Locks, [200, 204], Status),
    ];

    private static readonly Recording[] StorageAccounts =
    [
        new("GET Microsoft.Storage/storageAccounts", null, "", Ok, "As the document of one account."),
        new("GET Microsoft.Storage/storageAccounts/{}", "StorageAccountGetProperties.json", Storage, Ok, Shape),
        new("PUT Microsoft.Storage/storageAccounts/{}", "StorageAccountCreateEnablePublicNetworkAccess.json", Storage, Taken, Shape + " Done at once."),
        new("PATCH Microsoft.Storage/storageAccounts/{}", null, "", Ok, "As the document of PUT."),
        new("DELETE Microsoft.Storage/storageAccounts/{}", "StorageAccountDelete.json", Storage, [200, 204], Status),
        new("POST Microsoft.Storage/storageAccounts/{}/listKeys", null, "", Ok, "Members as the published type has them."),
        new("POST Microsoft.Storage/storageAccounts/{}/regenerateKey", null, "", Ok, "Members as the published type has them."),
        new("POST Microsoft.Storage/storageAccounts/{}/revokeUserDelegationKeys", "StorageAccountRevokeUserDelegationKeys.json", Storage, Ok, Status),
        new("GET Microsoft.Storage/storageAccounts/{}/blobServices/{}", "BlobServicesList.json", Storage, Ok, Shape),
        new("GET Microsoft.Storage/storageAccounts/{}/blobServices/{}/containers", "BlobContainersList.json", Storage, Ok, Shape),
        new("GET Microsoft.Storage/storageAccounts/{}/blobServices/{}/containers/{}", "BlobContainersGet.json", Storage, Ok, Shape),
        new("PUT Microsoft.Storage/storageAccounts/{}/blobServices/{}/containers/{}", "BlobContainersPut.json", Storage, Made, Shape),
        new("DELETE Microsoft.Storage/storageAccounts/{}/blobServices/{}/containers/{}", "BlobContainersDelete.json", Storage, [200, 204], Status),
    ];

    private static readonly Recording[] Networks =
    [
        .. new[] { "networkInterfaces", "networkSecurityGroups", "publicIPAddresses", "virtualNetworks" }.SelectMany(NetworkRows),
        new("GET Microsoft.Network/virtualNetworks/{}/subnets", null, "", Ok, "As the document of PUT."),
        new("GET Microsoft.Network/virtualNetworks/{}/subnets/{}", null, "", Ok, "As the document of PUT."),
        new("PUT Microsoft.Network/virtualNetworks/{}/subnets/{}", "SubnetCreate.json", Network, Made, AtOnce),
        new("DELETE Microsoft.Network/virtualNetworks/{}/subnets/{}", null, "", Gone, "As other deletions of the provider.") { Async = "operations", HasLocation = true },
        new("GET Microsoft.Network/locations/{}/operations/{}", null, "", Taken, "As the operations of disks."),
    ];

    private static IEnumerable<Recording> NetworkRows(string type)
    {
        var (name, created) = type switch
        {
            "networkInterfaces" => (type, "NetworkInterfaceCreate.json"),
            "virtualNetworks" => (type, "VirtualNetworkCreate.json"),
            _ => (type, null),
        };
        return
        [
            new("GET Microsoft.Network/" + name, null, "", Ok, "As the document of PUT."),
            new("GET Microsoft.Network/" + name + "/{}", null, "", Ok, "As the document of PUT."),
            new("PUT Microsoft.Network/" + name + "/{}", created, created is null ? "" : Network, Made, AtOnce),
            new("PATCH Microsoft.Network/" + name + "/{}", null, "", Ok, "As the document of PUT."),
            new("DELETE Microsoft.Network/" + name + "/{}", null, "", Gone, "Status and headers as deletions of other providers have them.") { Async = "operations", HasLocation = true },
        ];
    }
}
