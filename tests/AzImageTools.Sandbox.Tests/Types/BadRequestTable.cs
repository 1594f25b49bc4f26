namespace AzImageTools.Sandbox.Tests.Types;

/// <summary>Requests that Azure refuses. A message told in a source is held against word by word where it is short.</summary>
internal static class BadRequestTable
{
    private const string Disk = """{"location":"westeurope","sku":{"name":"Standard_LRS"},"properties":{"diskSizeGB":4,"creationData":{"createOption":"Empty"}}}""";

    private const string Definition = """
        {"location":"westeurope","properties":{"osType":"Windows","osState":"Generalized","hyperVGeneration":"V2","identifier":{"publisher":"p","offer":"o","sku":"s"}}}
        """;

    private const string Machine = """
        {"location":"westeurope","properties":{"hardwareProfile":{"vmSize":"Standard_D2s_v5"},
        "storageProfile":{"imageReference":{"publisher":"Canonical","offer":"ubuntu-24_04-lts","sku":"server","version":"latest"},"osDisk":{"createOption":"FromImage"}},
        "osProfile":{"computerName":"v","adminUsername":"admin1","adminPassword":"Passw0rd!Passw0rd"},
        "networkProfile":{"networkInterfaces":[{"id":"GROUP/providers/Microsoft.Network/networkInterfaces/win-vm-nic"}]}}}
        """;

    private const string Image = """
        {"location":"westeurope","properties":{"hyperVGeneration":"V2","storageProfile":{"osDisk":{"osType":"Windows","osState":"Generalized","managedDisk":{"id":"COMPUTE/disks/win-vm_OsDisk_1"}}}}}
        """;

    private const string ScaleSet = """
        {"location":"westeurope","sku":{"name":"Standard_D2s_v5","capacity":0},"properties":{"upgradePolicy":{"mode":"Manual"},"virtualMachineProfile":{"storageProfile":{"imageReference":{"id":"COMPUTE/galleries/sandboxGallery/images/ubuntu"}}}}}
        """;

    private const string ScaleSetAddress = "COMPUTE/virtualMachineScaleSets/s?api-version=2023-07-01";
    private const string DiskAddress = "COMPUTE/disks/d?api-version=2023-04-02";
    private const string DefinitionAddress = "COMPUTE/galleries/sandboxGallery/images/d?api-version=2022-03-03";
    private const string ImageAddress = "COMPUTE/images/i?api-version=2023-07-01";
    private const string MachineAddress = "COMPUTE/virtualMachines/v?api-version=2023-07-01";

    private const string Names = "https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules";
    private const string Tags = "https://learn.microsoft.com/azure/azure-resource-manager/management/tag-resources";
    private const string Galleries = "https://learn.microsoft.com/azure/virtual-machines/troubleshooting-shared-images";

    public static readonly BadRequest[] Rows =
    [
        // API versions.
        new("no API version", "GET", "COMPUTE/disks/d", null, 400, "MissingApiVersionParameter", "The api-version query parameter (?api-version=) is required for all requests.", "https://learn.microsoft.com/rest/api/azure/"),
        new("an API version that is none", "GET", "COMPUTE/disks/d?api-version=banana", null, 400, "NoRegisteredProviderFound", "API version 'banana' for type 'disks'. The supported api-versions are '2022-03-02, 2022-07-02, 2023-04-02", "cloudfoundry/bosh-azure-cpi-release#508"),
        new("an API version of another type", "PUT", "COMPUTE/disks/d?api-version=2023-07-01", Disk, 400, "NoRegisteredProviderFound", "No registered resource provider found for location 'westeurope' and API version '2023-07-01' for type 'disks'.", "cloudfoundry/bosh-azure-cpi-release#508"),
        new("an API version that Resource Manager itself does not have", "GET", "GROUP?api-version=2023-04-02", null, 400, "InvalidApiVersionParameter", "The api-version '2023-04-02' is invalid. The supported versions are '2025-04-01,", "ansible-collections/azure#1930"),

        // Properties.
        new("an unknown property of every resource", "PUT", DiskAddress, BadRequest.With(Disk, "AccountType", "\"StandardLRS\""), 400, "InvalidRequestContent", "The request content was invalid and could not be deserialized: 'Could not find member 'AccountType' on object of type 'ResourceDefinition'. Path 'AccountType', line 1, position", "Azure/azure-sdk-for-net#3487"),
        new("an unknown property of a machine", "PUT", MachineAddress, BadRequest.With(Machine, "properties.osDisk", "{}"), 400, "BadRequest", "Could not find member 'osDisk' on object of type 'Properties'. Path 'properties.osDisk', line 1, position", "Azure/azure-quickstart-templates#2334"),
        new("an unknown property deep inside", "PUT", MachineAddress, BadRequest.With(Machine, "properties.storageProfile.destinationVhdsContainer", "\"vhds\""), 400, "BadRequest", "Could not find member 'destinationVhdsContainer' on object of type 'StorageProfile'. Path 'properties.storageProfile.destinationVhdsContainer', line 1, position", "Azure/azure-quickstart-templates#2334"),
        new("an unknown property of a network", "PUT", "GROUP/providers/Microsoft.Network/publicIPAddresses/a?api-version=2025-05-01", """{"location":"westeurope","properties":{"Sku":{"name":"Standard"}}}""", 400, "InvalidRequestFormat", "Could not find member 'Sku' on object of type", "microsoft/sql-server-samples#1294"),
        new("an unknown property in a change", "PATCH", "COMPUTE/disks/win-vm_DataDisk_0?api-version=2023-04-02", """{"properties":{"size":8}}""", 400, "BadRequest", "Could not find member 'size' on object of type 'Properties'.", "Azure/azure-quickstart-templates#2334"),
        new("a property of a newer version", "PUT", "COMPUTE/galleries/sandboxGallery/images/d?api-version=2022-03-03", BadRequest.With(Definition, "properties.allowUpdateImage", "true"), 400, "BadRequest", "Could not find member 'allowUpdateImage' on object of type 'Properties'.", "Azure/azure-quickstart-templates#2334"),

        // Kinds and values.
        new("a value outside a closed list", "PUT", MachineAddress, BadRequest.With(Machine, "properties.storageProfile.osDisk.caching", "\"Unrecognized\""), 400, "BadRequest", "Error converting value \\\"Unrecognized\\\" to type", "jclouds/jclouds-labs#394"),
        new("a security type that is none", "PUT", MachineAddress, BadRequest.With(Machine, "properties.securityProfile", """{"securityType":"Standard"}"""), 400, "InvalidParameter", "The value of parameter securityProfile.securityType is invalid.", "Azure/azure-cli#31191"),
        new("a generation that is none", "PUT", DiskAddress, BadRequest.With(Disk, "properties.hyperVGeneration", "\"V9\""), 400, "InvalidParameter", "The value of parameter hyperVGeneration is invalid.", "Azure/azure-cli#31191 (its form)"),
        new("a SKU of storage accounts that is none", "PUT", "GROUP/providers/Microsoft.Storage/storageAccounts/account1?api-version=2022-09-01", """{"location":"westeurope","kind":"StorageV2","sku":{"name":"StandardSSD_LRS"},"properties":{}}""", 400, "InvalidValuesForRequestParameters", "Values for request parameters are invalid: sku", "hashicorp/terraform-provider-azurerm#8089"),
        new("a number where an object is", "PUT", DiskAddress, BadRequest.With(Disk, "properties.creationData", "7"), 400, "BadRequest", "Error converting value 7 to type 'CreationData'. Path 'properties.creationData'", "jclouds/jclouds-labs#394 (its form)"),
        new("a text where a number is", "PUT", DiskAddress, BadRequest.With(Disk, "properties.diskSizeGB", "\"big\""), 400, "BadRequest", "Could not convert string to integer: big. Path 'properties.diskSizeGB', line 1, position", "jclouds/jclouds-labs#394 (its form)"),

        // What is required.
        new("no location", "PUT", DiskAddress, """{"properties":{"creationData":{"createOption":"Empty"},"diskSizeGB":4}}""", 400, "LocationRequired", "The location property is required for this definition.", "https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/common-deployment-errors"),
        new("a SKU without a name", "PUT", DiskAddress, BadRequest.With(Disk, "sku", "{}"), 400, "InvalidRequestContent", "Required property 'name' not found in 'sku'.", "JeffBow/AzurePowerShell#10"),
        new("no creation data", "PUT", DiskAddress, """{"location":"westeurope","properties":{"diskSizeGB":4}}""", 400, "InvalidParameter", "Required parameter 'disk.creationData' is missing (null).", "Azure/azure-cli test_vm_disk_upload (its form)"),
        new("no state of the operating system", "PUT", DefinitionAddress, """{"location":"westeurope","properties":{"osType":"Windows","identifier":{"publisher":"p","offer":"o","sku":"s"}}}""", 400, "InvalidParameter", "Required parameter 'galleryImage.properties.osState' is missing (null).", "https://learn.microsoft.com/azure/virtual-machines/troubleshooting-shared-images"),
        new("no duration of an access", "POST", "COMPUTE/disks/win-vm_OsDisk_1/beginGetAccess?api-version=2023-04-02", """{"access":"Read"}""", 400, "InvalidParameter", "durationInSeconds", "https://learn.microsoft.com/rest/api/compute/disks/grant-access"),
        new("a body that is not JSON", "PUT", ImageAddress, Image[..^9], 400, "InvalidRequestContent", "The request content was invalid and could not be deserialized", "Azure/azure-sdk-for-net#3487"),

        // Names.
        new("a resource group's name with other characters", "GET", "SUBSCRIPTION/resourceGroups/a%20b?api-version=2021-04-01", null, 400, "InvalidResourceGroup", "The provided resource group name 'a b' has these invalid characters: ' '. The name can only be a letter, digit, '-', '.', '(', ')' or '_'.", "Azure/azure-cli#14481"),
        new("a resource group's name that is too long", "PUT", "SUBSCRIPTION/resourceGroups/" + new string('a', 91) + "?api-version=2021-04-01", """{"location":"westeurope"}""", 400, "InvalidResourceGroup", "more than 90 characters", Names + " (90; the code as that of other bad names)"),
        new("a resource group's name with a period at its end", "PUT", "SUBSCRIPTION/resourceGroups/ab%2e?api-version=2021-04-01", """{"location":"westeurope"}""", 400, "InvalidResourceGroup", "The name can not end with characters: '.'.", Names),
        new("a disk's name that is too long", "PUT", "COMPUTE/disks/" + new string('d', 81) + "?api-version=2023-04-02", Disk, 400, "InvalidParameter", "The entity name 'disk.name' is invalid according to its validation rule: ^[^_\\\\W][\\\\w-._]{0,79}(?<![-.])$.", "Microsoft's example of an unmanaged disk (\"The entity name 'dataDisk.name' …\")"),
        new("a snapshot's name with a hyphen at its end", "PUT", "COMPUTE/snapshots/s-?api-version=2023-04-02", """{"location":"westeurope","properties":{"creationData":{"createOption":"Copy","sourceResourceId":"COMPUTE/disks/win-vm_OsDisk_1"}}}""", 400, "InvalidParameter", "The entity name 'snapshot.name' is invalid", Galleries + " (its rule)"),
        new("an image's name with other characters", "PUT", "COMPUTE/images/a%20b?api-version=2023-07-01", Image, 400, "InvalidParameter", "The entity name 'imageName' is invalid", Galleries + " (its rule)"),
        new("a machine's name that is too long", "PUT", "COMPUTE/virtualMachines/" + new string('v', 65) + "?api-version=2023-07-01", Machine, 400, "InvalidParameter", "The entity name 'vmName' is invalid", Names),
        new("a gallery's name with a hyphen", "PUT", "COMPUTE/galleries/my-gallery?api-version=2022-03-03", """{"location":"westeurope"}""", 400, "InvalidParameter", "Gallery name is invalid. Allowed characters are English alphanumeric characters, with underscores, and periods allowed in the middle, up to 80 characters total. All other special characters, including dashes, are disallowed.", Galleries),
        new("a gallery's name with a period at its end", "PUT", "COMPUTE/galleries/gallery%2e?api-version=2022-03-03", """{"location":"westeurope"}""", 400, "InvalidResourceName", "The provided resource name 'gallery.' has these invalid trailing characters: '.'. The name can not end with characters: '.'", Galleries),
        new("a definition's name with other characters", "PUT", "COMPUTE/galleries/sandboxGallery/images/a%23b?api-version=2022-03-03", Definition, 400, "InvalidParameter", "The entity name 'galleryImageName' is invalid according to its validation rule", Galleries),
        new("a version's name that is no version", "PUT", "COMPUTE/galleries/sandboxGallery/images/ubuntu/versions/latest?api-version=2022-03-03", """{"location":"westeurope","properties":{"storageProfile":{"source":{"id":"COMPUTE/virtualMachines/linux-vm"}}}}""", 400, "InvalidParameter", "Major", Galleries),
        new("a network's name with other characters", "PUT", "GROUP/providers/Microsoft.Network/virtualNetworks/a%7D?api-version=2025-05-01", """{"location":"westeurope","properties":{}}""", 400, "InvalidResourceName", "Resource name a} is invalid. The name can be up to 80 characters long. It must begin with a word character, and it must end with a word character or with '_'.", "a deployment's error in public sources (vwan-preprod-001})"),
        new("a storage account's name with capitals", "PUT", "GROUP/providers/Microsoft.Storage/storageAccounts/Account1?api-version=2022-09-01", """{"location":"westeurope","kind":"StorageV2","sku":{"name":"Standard_LRS"},"properties":{}}""", 400, "AccountNameInvalid", "Storage account name must be between 3 and 24 characters in length and use numbers and lower-case letters only.", "https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/error-storage-account-name"),

        // Regions.
        new("a resource group in a region that is none", "PUT", "SUBSCRIPTION/resourceGroups/new-rg?api-version=2021-04-01", """{"location":"atlantis"}""", 400, "LocationNotAvailableForResourceGroup", "The provided location 'atlantis' is not available for resource group. List of available regions is '", "https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/common-deployment-errors"),
        new("a disk in a region that is none", "PUT", DiskAddress, BadRequest.With(Disk, "location", "\"atlantis\""), 400, "LocationNotAvailableForResourceType", "The provided location 'atlantis' is not available for resource type 'Microsoft.Compute/disks'. List of available regions for the resource type is '", Galleries),
        new("a disk in a zone that is none", "PUT", DiskAddress, BadRequest.With(Disk, "zones", "[\"4\"]"), 400, "InvalidAvailabilityZone", "The zone(s) '4' for resource", "https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/common-deployment-errors"),

        // Tags.
        new("more than fifty tags", "PUT", DiskAddress, BadRequest.With(Disk, "tags", "{" + string.Join(',', Enumerable.Range(1, 51).Select(number => $"\"t{number}\":\"\"")) + "}"), 400, "TooManyTags", "The maximum number of tags is '50'.", Tags + " (50; the code is not documented)"),
        new("a tag's name that is too long", "PUT", DiskAddress, BadRequest.With(Disk, "tags", $"{{\"{new string('t', 513)}\":\"\"}}"), 400, "InvalidTagName", "Tag key too large.", "Azure/azure-powershell Az.Migrate (code and text of the service)"),
        new("a tag's value that is too long", "PATCH", "COMPUTE/disks/win-vm_DataDisk_0?api-version=2023-04-02", $"{{\"tags\":{{\"t\":\"{new string('v', 257)}\"}}}}", 400, "InvalidTagValueLength", "Maximum allowed length for tag value - '256' characters.", "Azure/azure-powershell Az.Migrate (code and text of the service)"),
        new("a tag's name with other characters", "PUT", DiskAddress, BadRequest.With(Disk, "tags", """{"a/b":"c"}"""), 400, "InvalidTagNameCharacters", "The tag names 'a/b' have reserved characters", "https://learn.microsoft.com/azure/storage/common (az storage account update --tags)"),
        new("a tag of a storage account that is too long", "PUT", "GROUP/providers/Microsoft.Storage/storageAccounts/account1?api-version=2022-09-01", $"{{\"location\":\"westeurope\",\"kind\":\"StorageV2\",\"sku\":{{\"name\":\"Standard_LRS\"}},\"tags\":{{\"{new string('t', 129)}\":\"\"}}}}", 400, "InvalidTagName", "Maximum allowed length for tag name - '128' characters.", "hashicorp/terraform-provider-azurerm#1511"),

        // Identifiers of definitions.
        new("a publisher that is too long", "PUT", DefinitionAddress, BadRequest.With(Definition, "properties.identifier.publisher", $"\"{new string('p', 129)}\""), 400, "InvalidParameter", "Asset name galleryImage.properties.identifier.publisher is not valid.", Galleries),
        new("an offer that is too long", "PUT", DefinitionAddress, BadRequest.With(Definition, "properties.identifier.offer", $"\"{new string('o', 65)}\""), 400, "InvalidParameter", "The length of the name cannot exceed 64 characters.", Galleries),
        new("a SKU of a definition that is too long", "PUT", DefinitionAddress, BadRequest.With(Definition, "properties.identifier.sku", $"\"{new string('s', 65)}\""), 400, "InvalidParameter", "Asset name galleryImage.properties.identifier.sku is not valid. It cannot be empty.", Galleries),
        new("an identifier with a period at its end", "PUT", DefinitionAddress, BadRequest.With(Definition, "properties.identifier.sku", "\"s.\""), 400, "InvalidParameter", "Names are not allowed to end with period(.).", Galleries),

        // What is referred to.
        new("a private disk without a disk access", "PUT", DiskAddress, BadRequest.With(Disk, "properties.networkAccessPolicy", "\"AllowPrivate\""), 409, "ConflictingUserInput", "AllowPrivate NetworkAccessPolicy can only supported with Disk Access.", "Azure/azure-cli#19455"),
        new("a scale set's image that is not there", "PUT", ScaleSetAddress, BadRequest.With(ScaleSet, "properties.virtualMachineProfile.storageProfile.imageReference.id", "\"COMPUTE/images/nosuch\""), 404, "ResourceNotFound", "The Resource 'Microsoft.Compute/images/nosuch' under resource group 'sandbox-rg' was not found.", "https://aka.ms/ARMResourceNotFoundFix"),
        new("a scale set without a SKU", "PUT", ScaleSetAddress, "{\"location\":\"westeurope\",\"properties\":{}}", 400, "InvalidParameter", "Required parameter 'sku' is missing (null).", "Azure/azure-cli test_vm_disk_upload (its form)"),
        new("a scale set with machines", "PUT", ScaleSetAddress, BadRequest.With(ScaleSet, "sku.capacity", "2"), 400, "BadRequest", "The sandbox makes no machines of scale sets: their capacity has to be 0.", "the sandbox's own"),
        new("a disk access that is not there", "PUT", DiskAddress, BadRequest.With(BadRequest.With(Disk, "properties.networkAccessPolicy", "\"AllowPrivate\""), "properties.diskAccessId", "\"COMPUTE/diskAccesses/nosuch\""), 404, "ResourceNotFound", "The Resource 'Microsoft.Compute/diskAccesses/nosuch' under resource group 'sandbox-rg' was not found.", "https://aka.ms/ARMResourceNotFoundFix"),
        new("an encryption set that is not there", "PUT", DiskAddress, BadRequest.With(Disk, "properties.encryption", """{"type":"EncryptionAtRestWithCustomerKey","diskEncryptionSetId":"COMPUTE/diskEncryptionSets/nosuch"}"""), 404, "ResourceNotFound", "The Resource 'Microsoft.Compute/diskEncryptionSets/nosuch' under resource group 'sandbox-rg' was not found.", "https://aka.ms/ARMResourceNotFoundFix"),
        new("an encryption set that is no id", "PUT", DiskAddress, BadRequest.With(Disk, "properties.encryption", """{"type":"EncryptionAtRestWithCustomerKey","diskEncryptionSetId":"keys"}"""), 400, "LinkedInvalidPropertyId", "Property id 'keys' at path 'properties.encryption.diskEncryptionSetId' is invalid. Expect fully qualified resource Id that start with", Galleries),

        // Sizes.
        new("a disk of no size", "PUT", DiskAddress, BadRequest.With(Disk, "properties.diskSizeGB", "0"), 400, "InvalidParameter", "The value '0' of parameter 'disk.diskSizeGB' is out of range. The value must be between '1' and '32767', inclusive.", Galleries + " (its form)"),
        new("a disk that is too large", "PUT", DiskAddress, BadRequest.With(Disk, "properties.diskSizeGB", "32768"), 400, "InvalidParameter", "The value '32768' of parameter 'disk.diskSizeGB' is out of range.", Galleries + " (its form)"),
        new("an upload that is too small", "PUT", DiskAddress, """{"location":"westeurope","properties":{"creationData":{"createOption":"Upload","uploadSizeBytes":1049088}}}""", 400, "InvalidParameter", "The value must be between '20972032' and '35183298347520', inclusive.", "https://learn.microsoft.com/rest/api/compute/disks/create-or-update"),
    ];
}
