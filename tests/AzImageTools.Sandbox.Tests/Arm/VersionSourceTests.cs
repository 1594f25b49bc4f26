using System.Net;
using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Configuration;
using AzImageTools.Sandbox.Storage;

namespace AzImageTools.Sandbox.Tests.Arm;

/// <summary>What a gallery's definitions take. Texts: https://learn.microsoft.com/azure/virtual-machines/troubleshooting-shared-images and the issues named.</summary>
public sealed class VersionSourceTests : IDisposable
{
    private const string Version = "?api-version=2024-03-03";
    private const string Other = "5a4db0c5-0000-4000-8000-000000000002";

    private readonly SandboxClient _client = new(new SandboxOptions
    {
        OperationPolls = 0,
        OtherSubscriptions = [new SandboxSubscription { SubscriptionId = Other, TenantId = "5a4db0c5-0000-4000-8000-0000000000bb" }],
    });

    private string Compute => _client.GroupPath + "/providers/Microsoft.Compute/";

    public void Dispose()
    {
        _client.Dispose();
    }

    // packer-plugin-azure#304 (a VM), #528 (which sources of which machine), microsoft/STL#4682 (a disk); for confidential definitions second-hand.
    [Theory]
    [InlineData(null, "win-vm", "machine", null)]
    [InlineData(null, "win-vm", "disk", null)]
    [InlineData(null, "win-vm", "snapshot", null)]
    [InlineData(null, "win-vm", "image", null)]
    [InlineData(null, "win-vm", "version", null)]
    [InlineData(null, "win-vm", "blob", null)]
    [InlineData(null, "tl-vm", "machine", "Conflict")]
    [InlineData(null, "tl-vm", "disk", "Conflict")]
    [InlineData("TrustedLaunchSupported", "win-vm", "machine", "InvalidParameter")]
    [InlineData("TrustedLaunchSupported", "win-vm", "disk", "InvalidParameter")]
    [InlineData("TrustedLaunchSupported", "win-vm", "snapshot", "InvalidParameter")]
    [InlineData("TrustedLaunchSupported", "win-vm", "image", null)]
    [InlineData("TrustedLaunchSupported", "win-vm", "version", null)]
    [InlineData("TrustedLaunchSupported", "win-vm", "blob", null)]
    [InlineData("TrustedLaunchSupported", "tl-vm", "machine", "InvalidParameter")]
    [InlineData("ConfidentialVmSupported", "win-vm", "machine", "InvalidParameter")]
    [InlineData("ConfidentialVMSupported", "win-vm", "disk", "InvalidParameter")]
    [InlineData("ConfidentialVMSupported", "win-vm", "image", null)]
    [InlineData("ConfidentialVMSupported", "win-vm", "blob", null)]
    [InlineData("TrustedLaunchAndConfidentialVMSupported", "win-vm", "machine", "InvalidParameter")]
    [InlineData("TrustedLaunchAndConfidentialVmSupported", "win-vm", "snapshot", "InvalidParameter")]
    [InlineData("TrustedLaunchAndConfidentialVmSupported", "win-vm", "image", null)]
    [InlineData("TrustedLaunchAndConfidentialVmSupported", "win-vm", "version", null)]
    [InlineData("TrustedLaunch", "win-vm", "machine", "Conflict")]
    [InlineData("TrustedLaunch", "win-vm", "image", "Conflict")]
    [InlineData("TrustedLaunch", "win-vm", "version", "Conflict")]
    [InlineData("TrustedLaunch", "tl-vm", "machine", null)]
    [InlineData("TrustedLaunch", "tl-vm", "disk", null)]
    [InlineData("TrustedLaunch", "tl-vm", "snapshot", null)]
    [InlineData("ConfidentialVM", "tl-vm", "machine", "Conflict")]
    [InlineData("ConfidentialVM", "tl-vm", "disk", "InvalidParameter")]
    [InlineData("ConfidentialVM", "win-vm", "disk", "InvalidParameter")]
    [InlineData("ConfidentialVM", "win-vm", "snapshot", "InvalidParameter")]
    [InlineData("ConfidentialVM", "win-vm", "blob", null)]
    public async Task A_definition_takes_sources_by_its_security_type(string? security, string machine, string source, string? error)
    {
        await Generalize(machine);
        await Define("wanted", security);
        var profile = await Profile(machine, source);
        using var response = await Put("wanted", "1.0.0", profile);
        Assert.Equal(error, response.StatusCode == HttpStatusCode.Created ? null : await SandboxClient.ErrorCode(response));
        if (error == "InvalidParameter")
        {
            var message = (await SandboxClient.Json(response))["error"]!["message"]!.GetValue<string>();
            Assert.Equal(
                $"The security type '{security}' is not supported for the source id '{SourceId(profile)}'. Currently only Vhd Blob, User Image and Gallery Image Version sources are supported for '{security}' images.",
                message);
        }
    }

    [Theory]
    [InlineData("virtualMachines/nosuch", 404, "NotFound", "Source was not found: ID. Please make sure the source exists.")]
    [InlineData("disks/win-vm_OsDisk_1", 400, "InvalidParameter", "The source id: ID must either be a managed image, virtual machine or another gallery image version.")]
    [InlineData("virtualMachines/win-vm", 400, "BadRequest", "Cannot create Gallery Image Version from: ID since the OS State in the parent gallery image (Generalized) is not Specialized.")]
    public async Task A_source_that_is_none_is_refused(string path, int status, string code, string message)
    {
        var profile = new JsonObject { ["source"] = new JsonObject { ["id"] = Compute + path } };
        await Refused(await Put("windows-server", "1.0.0", profile), status, code, message.Replace("ID", Compute + path, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("[{\"lun\":1,\"source\":{\"id\":\"DISKS/win-vm_DataDisk_0\"}},{\"lun\":1,\"source\":{\"id\":\"DISKS/linux-vm_OsDisk_1\"}}]", "Duplicated lun numbers have been detected in the input data disks. Lun number must be unique for each data disk.")]
    [InlineData("[{\"lun\":1,\"source\":{\"id\":\"DISKS/win-vm_OsDisk_1\"}}]", "Duplicated source ids are found in the input disks. Source id should be unique for each disk.")]
    [InlineData("[{\"lun\":1,\"source\":{\"id\":\"GROUP/providers/Microsoft.Compute/virtualMachines/win-vm\"}}]", "The source id: GROUP/providers/Microsoft.Compute/virtualMachines/win-vm must be a managed disk or snapshot.")]
    public async Task Disks_that_are_wrong_together_are_refused(string dataDisks, string message)
    {
        string Expand(string text) => text.Replace("DISKS", Compute + "disks", StringComparison.Ordinal).Replace("GROUP", _client.GroupPath, StringComparison.Ordinal);
        var profile = new JsonObject { ["osDiskImage"] = Source("disks/win-vm_OsDisk_1"), ["dataDiskImages"] = JsonNode.Parse(Expand(dataDisks)) };
        await Refused(await Put("windows-server", "1.0.0", profile), 400, "InvalidParameter", Expand(message));
    }

    [Fact]
    public async Task A_source_is_given_once()
    {
        var both = new JsonObject { ["source"] = new JsonObject { ["id"] = Compute + "virtualMachines/win-vm" }, ["osDiskImage"] = Source("disks/win-vm_OsDisk_1") };
        foreach (var profile in new[] { both, [] })
        {
            using var response = await Put("windows-server", "1.0.0", profile);
            Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
            Assert.Contains("One and only one source type", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("[{\"name\":\"northeurope\"}]", "Gallery image version publishing profile regions 'northeurope' must contain the location of image version 'westeurope'.")]
    [InlineData("[{\"name\":\"westeurope\"},{\"name\":\"West Europe\"}]", "Duplicate regions are not allowed in target publishing regions.")]
    public async Task Target_regions_hold_the_sources_once(string regions, string message)
    {
        var profile = new JsonObject { ["osDiskImage"] = Source("disks/win-vm_OsDisk_1") };
        await Refused(await Put("windows-server", "1.0.0", profile, new JsonObject { ["targetRegions"] = JsonNode.Parse(regions) }), 400, "InvalidParameter", message);
    }

    [Fact]
    public async Task A_disk_with_a_key_of_the_customers_is_a_source_in_its_own_subscription_only()
    {
        var theirs = Compute.Replace(_client.Cloud.SubscriptionId, Other, StringComparison.Ordinal);
        using var set = await _client.SendJson(
            "PUT",
            theirs + "diskEncryptionSets/keys?api-version=2023-04-02",
            "{\"location\":\"westeurope\",\"identity\":{\"type\":\"SystemAssigned\"},\"properties\":{\"activeKey\":{\"keyUrl\":\"https://sandbox.vault.azure.net/keys/k/1\"}}}");
        using var disk = await _client.SendJson(
            "PUT",
            theirs + "disks/encrypted?api-version=2023-04-02",
            "{\"location\":\"westeurope\",\"properties\":{\"creationData\":{\"createOption\":\"Empty\"},\"diskSizeGB\":1,\"encryption\":{\"type\":\"EncryptionAtRestWithCustomerKey\",\"diskEncryptionSetId\":\"" + theirs + "diskEncryptionSets/keys\"}}}");
        using var done = await _client.Send("GET", theirs + "disks/encrypted?api-version=2023-04-02");
        var id = theirs + "disks/encrypted";
        await Refused(
            await Put("windows-server", "1.0.0", new JsonObject { ["osDiskImage"] = new JsonObject { ["source"] = new JsonObject { ["id"] = id } } }),
            400,
            "InvalidParameter",
            $"Encrypted source: '{id}' is in a different subscription ID than the current gallery image version subscription '{_client.Cloud.SubscriptionId}'. Please retry with an unencrypted source(s) or use the source's subscription '{Other}' to create the gallery image version.");
    }

    [Fact]
    public async Task A_machine_is_no_source_where_keys_of_the_customers_are_given()
    {
        await Generalize("win-vm");
        var keys = "{\"targetRegions\":[{\"name\":\"westeurope\",\"encryption\":{\"osDiskImage\":{\"diskEncryptionSetId\":\"SET\"}}}]}".Replace("SET", Compute + "diskEncryptionSets/keys", StringComparison.Ordinal);
        var profile = new JsonObject { ["source"] = new JsonObject { ["id"] = Compute + "virtualMachines/win-vm" } };
        await Refused(
            await Put("windows-server", "1.0.0", profile, (JsonObject)JsonNode.Parse(keys)!),
            400,
            "InvalidParameter",
            $"Encryption is not supported for source resource '{Compute}virtualMachines/win-vm'. Please use a different source resource type which supports encryption or remove encryption properties.");
    }

    // Regions, what is told of the key sets in them, and the refusal.
    [Theory]
    [InlineData("westeurope=keys", "northeurope=", "A disk encryption set is required for disk 'galleryArtifactVersion.properties.publishingProfile.targetRegions.encryption.osDiskImage.diskEncryptionSetId' in target region 'North Europe' since disk encryption set 'SET' is used for the corresponding disk in region 'West Europe'.")]
    [InlineData("westeurope=nosuch", null, "The disk encryption set NOSUCH was not found.")]
    [InlineData("westeurope=theirs", null, "The disk encryption set 'THEIRS' must be in the same subscription 'OWN' as the gallery resource.")]
    [InlineData("westeurope=keys,lun7", null, "An invalid lun [7] was specified in encryption.dataDiskImages. The lun must be one of the following values ['0'].")]
    [InlineData("westeurope=keys,lun0,lun0", null, "Duplicate luns '0' were specified in target region 'West Europe' encryption.dataDiskImages.")]
    [InlineData("westeurope=keys,lun0", "northeurope=keys", "A disk encryption set is required for disk 'LUN 0' in target region 'North Europe' since disk encryption set 'SET' is used for the corresponding disk in region 'West Europe'.")]
    [InlineData("westeurope=keys,lun0", "northeurope=keys,lun0", null)]
    public async Task Keys_of_the_customers_are_there_and_in_all_regions_alike(string first, string? second, string? message)
    {
        var set = Compute + "diskEncryptionSets/keys";
        var theirs = Compute.Replace(_client.Cloud.SubscriptionId, Other, StringComparison.Ordinal) + "diskEncryptionSets/keys";
        using var made = await _client.SendJson(
            "PUT",
            set + "?api-version=2023-04-02",
            "{\"location\":\"westeurope\",\"identity\":{\"type\":\"SystemAssigned\"},\"properties\":{\"activeKey\":{\"keyUrl\":\"https://sandbox.vault.azure.net/keys/k/1\"}}}");
        var regions = new JsonArray([.. new[] { first, second }.OfType<string>().Select(text => Region(text))]);
        var profile = new JsonObject
        {
            ["osDiskImage"] = Source("disks/win-vm_OsDisk_1"),
            ["dataDiskImages"] = new JsonArray(new JsonObject { ["lun"] = 0, ["source"] = new JsonObject { ["id"] = Compute + "disks/win-vm_DataDisk_0" } }),
        };
        using var response = await Put("windows-server", "1.0.0", profile, new JsonObject { ["targetRegions"] = regions });
        if (message is null)
        {
            Assert.Equal(HttpStatusCode.Created, response.StatusCode);
            return;
        }

        await Refused(
            response,
            400,
            "InvalidParameter",
            message.Replace("NOSUCH", Compute + "diskEncryptionSets/nosuch", StringComparison.Ordinal).Replace("SET", set, StringComparison.Ordinal)
                .Replace("THEIRS", theirs, StringComparison.Ordinal).Replace("OWN", _client.Cloud.SubscriptionId, StringComparison.Ordinal));

        JsonObject Region(string text)
        {
            var parts = text.Split('=');
            var words = parts[1].Split(',', StringSplitOptions.RemoveEmptyEntries);
            var region = new JsonObject { ["name"] = parts[0] };
            if (words.Length > 0)
            {
                var id = words[0] == "theirs" ? theirs : Compute + "diskEncryptionSets/" + words[0];
                region["encryption"] = new JsonObject
                {
                    ["osDiskImage"] = new JsonObject { ["diskEncryptionSetId"] = id },
                    ["dataDiskImages"] = new JsonArray([.. words.Skip(1).Select(word => new JsonObject { ["lun"] = int.Parse(word.AsSpan(3), System.Globalization.CultureInfo.InvariantCulture), ["diskEncryptionSetId"] = id })]),
                };
            }

            return region;
        }
    }

    [Fact]
    public async Task A_machine_is_made_of_the_newest_version_that_its_region_has()
    {
        var nic = "{\"networkApiVersion\":\"2022-11-01\",\"networkInterfaceConfigurations\":[{\"name\":\"c\",\"properties\":{\"ipConfigurations\":[{\"name\":\"a\",\"properties\":{\"subnet\":{\"id\":\"" + _client.GroupPath + "/providers/Microsoft.Network/virtualNetworks/elsewhere/subnets/default\"}}}]}}]}";
        using var network = await _client.SendJson(
            "PUT",
            _client.GroupPath + "/providers/Microsoft.Network/virtualNetworks/elsewhere?api-version=2025-05-01",
            "{\"location\":\"northeurope\",\"properties\":{\"addressSpace\":{\"addressPrefixes\":[\"10.5.0.0/16\"]},\"subnets\":[{\"name\":\"default\",\"properties\":{\"addressPrefix\":\"10.5.0.0/24\"}}]}}");
        var machine = "{\"location\":\"northeurope\",\"properties\":{\"hardwareProfile\":{\"vmSize\":\"Standard_D2s_v5\"},\"osProfile\":{\"computerName\":\"a\",\"adminUsername\":\"someone\",\"adminPassword\":\"Hidden-1234\"},\"storageProfile\":{\"imageReference\":{\"id\":\"" + Compute + "galleries/sandboxGallery/images/ubuntu\"}},\"networkProfile\":" + nic + "}}";
        await Refused(
            await _client.SendJson("PUT", Compute + "virtualMachines/far?api-version=2023-07-01", machine),
            404,
            "GalleryImageNotFound",
            $"The gallery image {Compute}galleries/sandboxGallery/images/ubuntu is not available in northeurope region. Please contact image owner to replicate to this region, or change your requested region.");

        using var replicated = await _client.SendJson(
            "PATCH",
            Compute + "galleries/sandboxGallery/images/ubuntu/versions/1.0.0" + Version,
            "{\"properties\":{\"publishingProfile\":{\"targetRegions\":[{\"name\":\"westeurope\"},{\"name\":\"northeurope\"}]}}}");
        using var done = await _client.Send("GET", Compute + "galleries/sandboxGallery/images/ubuntu/versions/1.0.0" + Version);
        using var newer = await Put("ubuntu", "2.0.0", new JsonObject { ["osDiskImage"] = Source("disks/linux-vm_OsDisk_1") });
        Assert.Equal(HttpStatusCode.Created, newer.StatusCode);
        using var deployed = await _client.SendJson("PUT", Compute + "virtualMachines/far?api-version=2023-07-01", machine);
        Assert.Equal(HttpStatusCode.Created, deployed.StatusCode);
    }

    [Fact]
    public async Task A_version_tells_its_disks_when_it_is_made_and_its_region_as_it_is_shown()
    {
        // az: test_image_version_end_of_life_date at 2024-03-03.
        await Generalize("win-vm");
        await Make("images/captured", "{\"sourceVirtualMachine\":{\"id\":\"" + Compute + "virtualMachines/win-vm\"}}");
        using var created = await Put("windows-server", "1.1.1", new JsonObject { ["source"] = new JsonObject { ["id"] = Compute + "images/captured" } });
        var first = (await SandboxClient.Json(created))["properties"]!;
        Assert.Equal("Creating", first["provisioningState"]!.GetValue<string>());
        Assert.Equal(["source"], first["storageProfile"]!.AsObject().Select(property => property.Key));
        Assert.NotNull(first["publishingProfile"]!["publishedDate"]);
        Assert.Equal(
            "[{\"name\":\"West Europe\",\"regionalReplicaCount\":1,\"storageAccountType\":\"Standard_LRS\"}]",
            first["publishingProfile"]!["targetRegions"]!.ToJsonString());
        Assert.Equal("{\"reportedForPolicyViolation\":false,\"allowDeletionOfReplicatedLocations\":false}", first["safetyProfile"]!.ToJsonString());

        using var poll = await _client.Send("GET", created.Headers.GetValues("Azure-AsyncOperation").Single());
        var status = await SandboxClient.Json(poll);
        Assert.Equal(("Succeeded", null), (status["status"]!.GetValue<string>(), status["properties"]));
        using var done = await _client.Send("GET", Compute + "galleries/sandboxGallery/images/windows-server/versions/1.1.1" + Version);
        var last = (await SandboxClient.Json(done))["properties"]!;
        Assert.Equal("{\"sizeInGB\":8,\"hostCaching\":\"ReadWrite\",\"source\":{}}", last["storageProfile"]!["osDiskImage"]!.ToJsonString());
        Assert.Equal("[{\"sizeInGB\":4,\"hostCaching\":\"None\",\"source\":{},\"lun\":0}]", last["storageProfile"]!["dataDiskImages"]!.ToJsonString());
        Assert.Equal(first["publishingProfile"]!.ToJsonString(), last["publishingProfile"]!.ToJsonString());
    }

    [Fact]
    public async Task A_version_that_is_protected_until_its_end_is_not_deleted_before()
    {
        var address = Compute + "galleries/sandboxGallery/images/ubuntu/versions/1.0.0" + Version;
        using var late = await _client.SendJson("PATCH", address, "{\"properties\":{\"publishingProfile\":{\"endOfLifeDate\":\"2001-01-01T00:00:00Z\"}}}");
        Assert.Contains("EndOfLifeDate must be set to a future date.", await late.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using var kept = await _client.SendJson("PATCH", address, "{\"properties\":{\"publishingProfile\":{\"endOfLifeDate\":\"2999-01-01T00:00:00Z\"},\"safetyProfile\":{\"blockDeletionBeforeEndOfLife\":true}}}");
        Assert.Equal(HttpStatusCode.OK, kept.StatusCode);
        using var poll = await _client.Send("GET", kept.Headers.GetValues("Azure-AsyncOperation").Single());
        using var refused = await _client.Send("DELETE", address);
        Assert.Equal((HttpStatusCode.Conflict, "DeleteGalleryImageVersionBlockedBeforeEndOfLife"), (refused.StatusCode, await SandboxClient.ErrorCode(refused)));
    }

    [Fact]
    public async Task A_gallerys_names_and_identifiers_are_its_own()
    {
        using var other = await _client.SendJson("PUT", $"/subscriptions/{_client.Cloud.SubscriptionId}/resourceGroups/second-rg?api-version=2021-04-01", "{\"location\":\"westeurope\"}");
        using var gallery = await _client.SendJson(
            "PUT", Compute.Replace("sandbox-rg", "second-rg", StringComparison.Ordinal) + "galleries/sandboxGallery" + Version, "{\"location\":\"westeurope\"}");
        await Refused(gallery, 409, "Conflict", $"The gallery name sandboxGallery is not unique within the subscription {_client.Cloud.SubscriptionId}. Please pick another gallery name.");

        var twin = "{\"location\":\"westeurope\",\"properties\":{\"osType\":\"Linux\",\"osState\":\"Generalized\",\"identifier\":{\"publisher\":\"Sandbox\",\"offer\":\"Ubuntu\",\"sku\":\"24_04-lts\"}}}";
        using var definition = await _client.SendJson("PUT", Compute + "galleries/sandboxGallery/images/twin" + Version, twin);
        await Refused(definition, 409, "Conflict", "Gallery image: ubuntu identified by (publisher:Sandbox, offer:Ubuntu, sku:24_04-lts) already exists. Choose a different publisher, offer, sku combination.");
    }

    private static async Task Refused(HttpResponseMessage response, int status, string code, string message)
    {
        var error = (await SandboxClient.Json(response))["error"]!;
        Assert.Equal((status, code, message), ((int)response.StatusCode, error["code"]!.GetValue<string>(), error["message"]!.GetValue<string>()));
    }

    private static string SourceId(JsonObject profile)
        => (profile["source"] ?? profile["osDiskImage"]!["source"]!)["id"]!.GetValue<string>();

    private JsonObject Source(string path) => new() { ["source"] = new JsonObject { ["id"] = Compute + path } };

    private async Task<JsonObject> Profile(string machine, string source)
    {
        switch (source)
        {
            case "machine":
                return Source("virtualMachines/" + machine);
            case "disk":
                return new JsonObject { ["osDiskImage"] = Source("disks/" + machine + "_OsDisk_1") };
            case "snapshot":
                await Make("snapshots/copy", "{\"creationData\":{\"createOption\":\"Copy\",\"sourceResourceId\":\"" + Compute + "disks/" + machine + "_OsDisk_1\"}}");
                return new JsonObject { ["osDiskImage"] = Source("snapshots/copy") };
            case "image":
                await Make("images/captured", "{\"sourceVirtualMachine\":{\"id\":\"" + Compute + "virtualMachines/" + machine + "\"}}");
                return Source("images/captured");
            case "version":
                using (await Put("windows-server", "0.0.1", Source("virtualMachines/" + machine)))
                {
                    return Source("galleries/sandboxGallery/images/windows-server/versions/0.0.1");
                }

            default:
                return new JsonObject { ["osDiskImage"] = await Blob() };
        }
    }

    private async Task<JsonObject> Blob()
    {
        var blob = _client.PageBlob("source.vhd");
        await blob.CreateAsync((1 << 20) + 512);
        await blob.UploadPagesAsync(new MemoryStream(VhdFooter.Create(1 << 20, Guid.NewGuid())), 1 << 20);
        return new JsonObject
        {
            ["source"] = new JsonObject { ["storageAccountId"] = _client.GroupPath + "/providers/Microsoft.Storage/storageAccounts/sandboximages", ["uri"] = blob.Uri.AbsoluteUri },
        };
    }

    private async Task Define(string name, string? security)
    {
        var features = security is null ? "" : ",\"features\":[{\"name\":\"SecurityType\",\"value\":\"" + security + "\"}]";
        await Make(
            "galleries/sandboxGallery/images/" + name,
            "{\"osType\":\"Windows\",\"osState\":\"Generalized\",\"hyperVGeneration\":\"V2\",\"identifier\":{\"publisher\":\"a\",\"offer\":\"b\",\"sku\":\"c\"}" + features + "}");
    }

    private async Task Generalize(string name)
    {
        using var deallocated = await _client.Send("POST", Compute + "virtualMachines/" + name + "/deallocate?api-version=2023-07-01");
        using var view = await _client.Send("GET", Compute + "virtualMachines/" + name + "?api-version=2023-07-01");
        using var generalized = await _client.Send("POST", Compute + "virtualMachines/" + name + "/generalize?api-version=2023-07-01");
        Assert.Equal(HttpStatusCode.OK, generalized.StatusCode);
    }

    private async Task Make(string path, string properties)
    {
        var version = path.StartsWith("snapshots", StringComparison.Ordinal) ? "?api-version=2023-04-02" : path.StartsWith("images", StringComparison.Ordinal) ? "?api-version=2023-07-01" : Version;
        using var response = await _client.SendJson("PUT", Compute + path + version, "{\"location\":\"westeurope\",\"properties\":" + properties + "}");
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        using var done = await _client.Send("GET", Compute + path + version);
    }

    private async Task<HttpResponseMessage> Put(string definition, string name, JsonObject profile, JsonObject? publishing = null)
    {
        var properties = new JsonObject { ["storageProfile"] = profile.DeepClone() };
        if (publishing is not null)
        {
            properties["publishingProfile"] = publishing;
        }

        var body = new JsonObject { ["location"] = "westeurope", ["properties"] = properties };
        return await _client.SendJson("PUT", $"{Compute}galleries/sandboxGallery/images/{definition}/versions/{name}{Version}", body.ToJsonString());
    }
}
