namespace AzImageTools.Sandbox.Tests.Recordings;

/// <summary>
/// What each operation was held against: examples published in azure-rest-api-specs, by file, and recordings of az's tests. Every success that a test
/// of the sandbox sees is held against its row; an operation without a row fails the test.
/// </summary>
internal static class RecordingsTable
{
    internal const string Status = "Status and headers.";
    internal const string Shape = "Status, headers, and the members of the document.";
    private const string Resources = "2022-12-01";
    internal const string Compute = "2023-07-01";
    internal const string Disk = "2023-04-02";
    private const string Gallery = "2022-03-03";

    internal static readonly int[] Ok = [200];
    internal static readonly int[] Made = [200, 201];
    internal static readonly int[] Taken = [200, 202];
    internal static readonly int[] Gone = [200, 202, 204];

    private static readonly Recording[] ResourceManager =
    [
        new("GET /tenants", "GetTenants.json", Resources, Ok, Shape),
        new("GET /subscriptions", "GetSubscriptions.json", Resources, Ok, Shape),
        new("GET /subscriptions/{}", "GetSubscription.json", Resources, Ok, Shape),
        new("GET /subscriptions/{}/locations", "GetLocations.json", Resources, Ok, Shape + " Coordinates and paired regions are absent."),
        new("GET /subscriptions/{}/operationresults/{}", null, "", Taken, "202 with Location until 200, as az's recordings of resource groups' deletions have it.") { HasLocation = true },
        new("GET /subscriptions/{}/providers", "GetProviders.json", Resources, Ok, Shape),
        new("GET /subscriptions/{}/providers/{}", "GetProvider.json", Resources, Ok, Shape),
        new("GET /subscriptions/{}/resources", null, "", Ok, "Members as Microsoft's page of Resources - List has them."),
        new("GET /subscriptions/{}/resourceGroups", null, "", Ok, "Members as in recordings of one group."),
        new("GET /subscriptions/{}/resourceGroups/{}", "test_vm_disk_upload.yaml", "2024-11-01", Ok, Shape),
        new("GET /subscriptions/{}/resourceGroups/{}/resources", null, "", Ok, "As the list of a subscription."),
        new("HEAD /subscriptions/{}/resourceGroups/{}", null, "", [204], "Status, as Microsoft's page of Resource Groups - Check Existence has it."),
        new("PUT /subscriptions/{}/resourceGroups/{}", "CreateResourceGroup.json", Resources, Made, Shape),
        new("PATCH /subscriptions/{}/resourceGroups/{}", null, "", Ok, "As the document of PUT."),
        new("DELETE /subscriptions/{}/resourceGroups/{}", "ForceDeleteVMsInResourceGroup.json", Resources, Taken, Status) { HasLocation = true },
    ];

    private static readonly Recording[] Disks =
    [
        new("GET Microsoft.Compute/disks", "Disk_ListByResourceGroup.json", Disk, Ok, Shape),
        new("GET Microsoft.Compute/disks/{}", "Disk_Get.json", Disk, Ok, Shape),
        new("PUT Microsoft.Compute/disks/{}", "test_vm_disk_upload.yaml", Disk, Taken, Shape) { Async = "DiskOperations", HasLocation = true },
        new("PATCH Microsoft.Compute/disks/{}", "Disk_Update_AddPurchasePlan.json", Disk, Taken, Shape) { Async = "DiskOperations", HasLocation = true },
        new("DELETE Microsoft.Compute/disks/{}", "Disk_Delete.json", Disk, Gone, Status) { Async = "DiskOperations", HasLocation = true },
        new("POST Microsoft.Compute/disks/{}/beginGetAccess", "Disk_BeginGetAccess.json", Disk, Taken, Status + " accessSAS at the end.") { Async = "DiskOperations", HasLocation = true },
        new("POST Microsoft.Compute/disks/{}/endGetAccess", "Disk_EndGetAccess.json", Disk, Taken, Status) { Async = "DiskOperations", HasLocation = true },
        new("GET Microsoft.Compute/snapshots", "Snapshot_ListByResourceGroup.json", Disk, Ok, Shape),
        new("GET Microsoft.Compute/snapshots/{}", "Snapshot_Get.json", Disk, Ok, Shape),
        new("PUT Microsoft.Compute/snapshots/{}", "Snapshot_Create_ByImportingAnUnmanagedBlobFromTheSameSubscription.json", Disk, Taken, Shape) { Async = "DiskOperations", HasLocation = true },
        new("PATCH Microsoft.Compute/snapshots/{}", "Snapshot_Update.json", Disk, Taken, Shape) { Async = "DiskOperations", HasLocation = true },
        new("DELETE Microsoft.Compute/snapshots/{}", "Snapshot_Delete.json", Disk, Gone, Status) { Async = "DiskOperations", HasLocation = true },
        new("POST Microsoft.Compute/snapshots/{}/beginGetAccess", "Snapshot_BeginGetAccess.json", Disk, Taken, Status + " accessSAS at the end.") { Async = "DiskOperations", HasLocation = true },
        new("POST Microsoft.Compute/snapshots/{}/endGetAccess", "Snapshot_EndGetAccess.json", Disk, Taken, Status) { Async = "DiskOperations", HasLocation = true },
        new("GET Microsoft.Compute/locations/{}/DiskOperations/{}", "test_vm_disk_upload.yaml", Disk, Taken, "Times, status, the output in properties, name."),
    ];

    private static readonly Recording[] Images =
    [
        new("GET Microsoft.Compute/images", "Image_ListByResourceGroup.json", Compute, Ok, Shape),
        new("GET Microsoft.Compute/images/{}", "Image_Get.json", Compute, Ok, Shape),
        new("PUT Microsoft.Compute/images/{}", "Image_CreateFromAVM.json", Compute, Made, Shape) { Async = "operations" },
        new("PATCH Microsoft.Compute/images/{}", "Image_Update.json", Compute, Made, Shape) { Async = "operations" },
        new("DELETE Microsoft.Compute/images/{}", "Images_Delete_MaximumSet_Gen.json", Compute, Gone, Status) { Async = "operations", HasLocation = true },
    ];

    private static readonly Recording[] Machines =
    [
        new("GET Microsoft.Compute/virtualMachines", "VirtualMachine_List_MaximumSet_Gen.json", Compute, Ok, Shape),
        new("GET Microsoft.Compute/virtualMachines/{}", "VirtualMachine_Get.json", Compute, Ok, Shape),
        new("GET Microsoft.Compute/virtualMachines/{}/instanceView", "VirtualMachine_Get_InstanceView.json", Compute, Ok, Shape),
        new("PUT Microsoft.Compute/virtualMachines/{}", "VirtualMachine_Create_FromACustomImage.json", Compute, Made, Shape) { Async = "operations" },
        new("PATCH Microsoft.Compute/virtualMachines/{}", null, "", Ok, "As the document of PUT.") { Async = "operations" },
        new("DELETE Microsoft.Compute/virtualMachines/{}", "VirtualMachine_Delete_Force.json", Compute, Gone, Status) { Async = "operations", HasLocation = true },
        new("POST Microsoft.Compute/virtualMachines/{}/deallocate", "VirtualMachine_Deallocate_MaximumSet_Gen.json", Compute, Taken, Status) { Async = "operations", HasLocation = true },
        new("POST Microsoft.Compute/virtualMachines/{}/generalize", "VirtualMachine_Generalize.json", Compute, Ok, Status),
        new("POST Microsoft.Compute/virtualMachines/{}/powerOff", "VirtualMachine_PowerOff_MaximumSet_Gen.json", Compute, Taken, Status) { Async = "operations", HasLocation = true },
        new("POST Microsoft.Compute/virtualMachines/{}/restart", "VirtualMachine_Restart_MaximumSet_Gen.json", Compute, Taken, Status) { Async = "operations", HasLocation = true },
        new("POST Microsoft.Compute/virtualMachines/{}/start", "VirtualMachine_Start_MaximumSet_Gen.json", Compute, Taken, Status) { Async = "operations", HasLocation = true },
        new("GET Microsoft.Compute/locations/{}/operations/{}", null, "", Taken, "As the operations of disks."),
    ];

    private static readonly Recording[] Galleries =
    [
        new("GET Microsoft.Compute/galleries", "Gallery_ListByResourceGroup.json", Gallery, Ok, Shape),
        new("GET Microsoft.Compute/galleries/{}", "test_gallery_image_definition_update_features.yaml", "2025-03-03", Ok, Shape),
        new("PUT Microsoft.Compute/galleries/{}", "test_gallery_image_definition_update_features.yaml", "2025-03-03", Made, Shape + " No Location.") { Async = "capsOperations" },
        new("PATCH Microsoft.Compute/galleries/{}", "Gallery_Update.json", Gallery, Ok, Shape) { Async = "capsOperations" },
        new("DELETE Microsoft.Compute/galleries/{}", "Gallery_Delete.json", Gallery, Gone, Status) { Async = "capsOperations", HasLocation = true },
        new("GET Microsoft.Compute/galleries/{}/images", "GalleryImage_ListByGallery.json", Gallery, Ok, Shape),
        new("GET Microsoft.Compute/galleries/{}/images/{}", "test_gallery_image_definition_update_features.yaml", "2024-03-03", Ok, Shape),
        new("PUT Microsoft.Compute/galleries/{}/images/{}", "test_gallery_image_definition_update_features.yaml", "2024-03-03", Made, Shape + " 200 for an update.") { Async = "capsOperations" },
        new("PATCH Microsoft.Compute/galleries/{}/images/{}", "GalleryImage_Update.json", Gallery, Ok, Shape) { Async = "capsOperations" },
        new("DELETE Microsoft.Compute/galleries/{}/images/{}", "GalleryImage_Delete.json", Gallery, Gone, Status) { Async = "capsOperations", HasLocation = true },
        new("GET Microsoft.Compute/galleries/{}/images/{}/versions", "GalleryImageVersion_ListByGalleryImage.json", Gallery, Ok, Shape),
        new("GET Microsoft.Compute/galleries/{}/images/{}/versions/{}", "GalleryImageVersion_Get_WithReplicationStatus.json", Gallery, Ok, Shape),
        new("PUT Microsoft.Compute/galleries/{}/images/{}/versions/{}", "GalleryImageVersion_Create_WithVmAsSource.json", Gallery, Made, Shape) { Async = "capsOperations" },
        new("PATCH Microsoft.Compute/galleries/{}/images/{}/versions/{}", "GalleryImageVersion_Update.json", Gallery, Ok, Shape) { Async = "capsOperations" },
        new("DELETE Microsoft.Compute/galleries/{}/images/{}/versions/{}", "GalleryImageVersion_Delete.json", Gallery, Gone, Status) { Async = "capsOperations", HasLocation = true },
        new("GET Microsoft.Compute/locations/{}/capsOperations/{}", "test_gallery_image_definition_update_features.yaml", "2025-03-03", Taken, "Times, status, name; no output."),
        new("GET Microsoft.Compute/locations/{}/communityGalleries/{}", "CommunityGallery_Get.json", Gallery, Ok, Shape),
        new("GET Microsoft.Compute/locations/{}/communityGalleries/{}/images", "CommunityGalleryImage_List.json", Gallery, Ok, Shape),
        new("GET Microsoft.Compute/locations/{}/communityGalleries/{}/images/{}", "CommunityGalleryImage_Get.json", Gallery, Ok, Shape),
        new("GET Microsoft.Compute/locations/{}/communityGalleries/{}/images/{}/versions", "CommunityGalleryImageVersion_List.json", Gallery, Ok, Shape),
        new("GET Microsoft.Compute/locations/{}/communityGalleries/{}/images/{}/versions/{}", "CommunityGalleryImageVersion_Get.json", Gallery, Ok, Shape),
        new("GET Microsoft.Compute/locations/{}/sharedGalleries", "SharedGallery_List.json", Gallery, Ok, Shape),
        new("GET Microsoft.Compute/locations/{}/sharedGalleries/{}", "SharedGallery_Get.json", Gallery, Ok, Shape),
        new("GET Microsoft.Compute/locations/{}/sharedGalleries/{}/images", "SharedGalleryImages_List.json", Gallery, Ok, Shape),
        new("GET Microsoft.Compute/locations/{}/sharedGalleries/{}/images/{}", "SharedGalleryImage_Get.json", Gallery, Ok, Shape),
        new("GET Microsoft.Compute/locations/{}/sharedGalleries/{}/images/{}/versions", "SharedGalleryImageVersions_List.json", Gallery, Ok, Shape),
        new("GET Microsoft.Compute/locations/{}/sharedGalleries/{}/images/{}/versions/{}", "SharedGalleryImageVersion_Get.json", Gallery, Ok, Shape),
    ];

    /// <summary>All there are.</summary>
    public static IReadOnlyList<Recording> Rows => [.. ResourceManager, .. Disks, .. Images, .. Machines, .. Galleries, .. FurtherRecordings.Rows];
}
