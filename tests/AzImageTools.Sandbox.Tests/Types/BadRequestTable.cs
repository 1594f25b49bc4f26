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

    private const string DiskAddress = "COMPUTE/disks/d?api-version=2023-04-02";
    private const string DefinitionAddress = "COMPUTE/galleries/sandboxGallery/images/d?api-version=2022-03-03";
    private const string ImageAddress = "COMPUTE/images/i?api-version=2023-07-01";
    private const string MachineAddress = "COMPUTE/virtualMachines/v?api-version=2023-07-01";

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
        new("no creation data", "PUT", DiskAddress, """{"location":"westeurope","properties":{"diskSizeGB":4}}""", 400, "InvalidParameter", "Required parameter 'disk.creationData' is missing (null).", "Azure/azure-cli test_vm_disk_upload (its form)"),
        new("no state of the operating system", "PUT", DefinitionAddress, """{"location":"westeurope","properties":{"osType":"Windows","identifier":{"publisher":"p","offer":"o","sku":"s"}}}""", 400, "InvalidParameter", "Required parameter 'galleryImage.properties.osState' is missing (null).", "https://learn.microsoft.com/azure/virtual-machines/troubleshooting-shared-images"),
        new("no duration of an access", "POST", "COMPUTE/disks/win-vm_OsDisk_1/beginGetAccess?api-version=2023-04-02", """{"access":"Read"}""", 400, "InvalidParameter", "durationInSeconds", "https://learn.microsoft.com/rest/api/compute/disks/grant-access"),
        new("a body that is not JSON", "PUT", ImageAddress, Image[..^9], 400, "InvalidRequestContent", "The request content was invalid and could not be deserialized", "Azure/azure-sdk-for-net#3487"),
    ];
}
