using System.Net;
using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Configuration;
using AzImageTools.Sandbox.Storage;

namespace AzImageTools.Sandbox.Tests.Arm;

/// <summary>What disks, snapshots and images tell, against az' recordings: test_vm_disk_upload and test_completion_percent at 2023-04-02.</summary>
public sealed class DiskDocumentTests : IDisposable
{
    private const string Version = "?api-version=2023-04-02";

    private readonly SandboxClient _client = new(new SandboxOptions { OperationPolls = 0 });

    private string Compute => _client.GroupPath + "/providers/Microsoft.Compute/";

    public void Dispose()
    {
        _client.Dispose();
    }

    [Fact]
    public async Task A_disk_that_is_accepted_tells_what_was_asked_for_and_its_operation_the_rest()
    {
        using var accepted = await Put("disks/disk1", "{\"location\":\"westeurope\",\"sku\":{\"name\":\"Premium_LRS\"},\"properties\":{\"creationData\":{\"createOption\":\"Empty\"},\"diskSizeGB\":200}}");
        var told = await SandboxClient.Json(accepted);
        Assert.Equal("{\"creationData\":{\"createOption\":\"Empty\"},\"diskSizeGB\":200,\"provisioningState\":\"Updating\"}", told["properties"]!.ToJsonString());
        Assert.Equal("{\"name\":\"Premium_LRS\"}", told["sku"]!.ToJsonString());
        Assert.Equal(("disk1", Compute + "disks/disk1", "Microsoft.Compute/disks"), (Text(told, "name"), Text(told, "id"), Text(told, "type")));

        var disk = (await Result(accepted))["properties"]!;
        Assert.Equal((1100, 125, "P15"), (disk["diskIOPSReadWrite"]!.GetValue<int>(), disk["diskMBpsReadWrite"]!.GetValue<int>(), Text(disk, "tier")));
        Assert.Equal((214748364800, "Unattached"), (disk["diskSizeBytes"]!.GetValue<long>(), Text(disk, "diskState")));
    }

    [Fact]
    public async Task A_disk_that_waits_for_its_bytes_has_a_speed_and_no_size()
    {
        using var accepted = await Put("disks/disk1", "{\"location\":\"westeurope\",\"sku\":{\"name\":\"Premium_LRS\"},\"properties\":{\"creationData\":{\"createOption\":\"Upload\",\"uploadSizeBytes\":21474836992}}}");
        var disk = (await Result(accepted))["properties"]!;
        Assert.Equal(("ReadyToUpload", "P4", 120, 25), (Text(disk, "diskState"), Text(disk, "tier"), disk["diskIOPSReadWrite"]!.GetValue<int>(), disk["diskMBpsReadWrite"]!.GetValue<int>()));
        Assert.Equal((null, null), (disk["diskSizeGB"], disk["diskSizeBytes"]));
    }

    [Theory]
    [InlineData("Premium_LRS", 4, "P1")]
    [InlineData("Premium_LRS", 8, "P2")]
    [InlineData("Premium_LRS", 16, "P3")]
    [InlineData("Premium_LRS", 17, "P4")]
    [InlineData("StandardSSD_LRS", 16, null)]
    public async Task Premium_disks_have_a_tier(string sku, int size, string? tier)
    {
        using var accepted = await Put("disks/disk1", "{\"location\":\"westeurope\",\"sku\":{\"name\":\"" + sku + "\"},\"properties\":{\"creationData\":{\"createOption\":\"Empty\"},\"diskSizeGB\":" + size + "}}");
        Assert.Equal(tier, (await Result(accepted))["properties"]!["tier"]?.GetValue<string>());
    }

    [Fact]
    public async Task The_incremental_snapshots_of_a_disk_are_one_family()
    {
        var first = await Snapshot("first", "win-vm_OsDisk_1", incremental: true);
        var second = await Snapshot("second", "win-vm_OsDisk_1", incremental: true);
        var other = await Snapshot("other", "linux-vm_OsDisk_1", incremental: true);
        var full = await Snapshot("full", "win-vm_OsDisk_1", incremental: false);
        Assert.Equal(Text(first, "incrementalSnapshotFamilyId"), Text(second, "incrementalSnapshotFamilyId"));
        Assert.NotEqual(Text(first, "incrementalSnapshotFamilyId"), Text(other, "incrementalSnapshotFamilyId"));
        Assert.Null(full["incrementalSnapshotFamilyId"]);
        using var disk = await _client.Send("GET", Compute + "disks/win-vm_OsDisk_1" + Version);
        Assert.Equal(Text((await SandboxClient.Json(disk))["properties"]!, "uniqueId"), Text(full["creationData"]!, "sourceUniqueId"));
    }

    // microsoft/DefendTheFlag#1, MicrosoftDocs/azure-docs#27583: a blob is in its account's region.
    [Fact]
    public async Task A_blob_is_made_into_disks_and_images_of_its_accounts_region_only()
    {
        var uri = await BlobElsewhere();
        var import = "{\"createOption\":\"Import\",\"storageAccountId\":\"ACCOUNT\",\"sourceUri\":\"URI\"}"
            .Replace("ACCOUNT", _client.GroupPath + "/providers/Microsoft.Storage/storageAccounts/elsewhere", StringComparison.Ordinal).Replace("URI", uri, StringComparison.Ordinal);
        var image = "{\"hyperVGeneration\":\"V2\",\"storageProfile\":{\"osDisk\":{\"osType\":\"Linux\",\"osState\":\"Generalized\",\"blobUri\":\"" + uri + "\"}}}";
        foreach (var (path, properties, version) in new[]
        {
            ("disks/d", "{\"creationData\":" + import + "}", Version), ("snapshots/s", "{\"creationData\":" + import + "}", Version), ("images/i", image, "?api-version=2023-07-01"),
        })
        {
            using var refused = await _client.SendJson("PUT", Compute + path + version, "{\"location\":\"westeurope\",\"properties\":" + properties + "}");
            var error = (await SandboxClient.Json(refused))["error"]!;
            Assert.Equal(
                (HttpStatusCode.BadRequest, "BadRequest", $"The source blob {uri} does not belong to the same region as the disk."),
                (refused.StatusCode, Text(error, "code"), Text(error, "message")));
            using var made = await _client.SendJson("PUT", Compute + path + version, "{\"location\":\"northeurope\",\"properties\":" + properties + "}");
            Assert.True(made.IsSuccessStatusCode);
        }
    }

    [Theory]
    [InlineData("", "Required parameter 'disk.creationData.storageAccountId' is missing (null).")]
    [InlineData("\"storageAccountId\":\"GROUP/providers/Microsoft.Storage/storageAccounts/sandboximages\",", "does not belong to the storage account")]
    public async Task An_import_names_the_account_of_its_blob(string account, string message)
    {
        var uri = await BlobElsewhere();
        var creation = "{\"createOption\":\"Import\"," + account.Replace("GROUP", _client.GroupPath, StringComparison.Ordinal) + "\"sourceUri\":\"" + uri + "\"}";
        using var refused = await Put("disks/d", "{\"location\":\"northeurope\",\"properties\":{\"creationData\":" + creation + "}}");
        var error = (await SandboxClient.Json(refused))["error"]!;
        Assert.Equal((HttpStatusCode.BadRequest, "InvalidParameter"), (refused.StatusCode, Text(error, "code")));
        Assert.Contains(message, Text(error, "message"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_operation_that_makes_an_image_tells_no_image()
    {
        // az: test_image_version_end_of_life_date at 2024-07-01.
        using var deallocated = await _client.Send("POST", Compute + "virtualMachines/win-vm/deallocate?api-version=2023-07-01");
        using var view = await _client.Send("GET", Compute + "virtualMachines/win-vm?api-version=2023-07-01");
        using var generalized = await _client.Send("POST", Compute + "virtualMachines/win-vm/generalize?api-version=2023-07-01");
        using var created = await _client.SendJson(
            "PUT", Compute + "images/i?api-version=2023-07-01", "{\"location\":\"westeurope\",\"properties\":{\"sourceVirtualMachine\":{\"id\":\"" + Compute + "virtualMachines/win-vm\"}}}");
        using var poll = await _client.Send("GET", created.Headers.GetValues("Azure-AsyncOperation").Single());
        var status = await SandboxClient.Json(poll);
        Assert.Equal(("Succeeded", null), (Text(status, "status"), status["properties"]));
    }

    private static string Text(JsonNode node, string name) => node[name]!.GetValue<string>();

    private async Task<string> BlobElsewhere()
    {
        using var account = await _client.SendJson("PUT", _client.GroupPath + "/providers/Microsoft.Storage/storageAccounts/elsewhere?api-version=2022-09-01", "{\"location\":\"northeurope\",\"kind\":\"StorageV2\",\"sku\":{\"name\":\"Standard_LRS\"}}");
        Assert.True(account.IsSuccessStatusCode);
        var address = new Uri("https://elsewhere.blob.core.windows.net/vhds/a.vhd");
        using var container = await _client.Send("PUT", "https://elsewhere.blob.core.windows.net/vhds?restype=container", null, ("x-ms-version", "2023-11-03"));
        Assert.Equal(HttpStatusCode.Created, container.StatusCode);
        var blob = _client.PageBlob(_client.Cloud.CreateBlobSas("elsewhere", "vhds", "a.vhd", "rwc", DateTimeOffset.UtcNow.AddHours(1)));
        await blob.CreateAsync((1 << 20) + 512);
        await blob.UploadPagesAsync(new MemoryStream(VhdFooter.Create(1 << 20, Guid.NewGuid())), 1 << 20);
        return address.AbsoluteUri;
    }

    private async Task<JsonNode> Snapshot(string name, string disk, bool incremental)
    {
        using var accepted = await Put(
            "snapshots/" + name,
            new JsonObject
            {
                ["location"] = "westeurope",
                ["properties"] = new JsonObject
                {
                    ["incremental"] = incremental,
                    ["creationData"] = new JsonObject { ["createOption"] = "Copy", ["sourceResourceId"] = Compute + "disks/" + disk },
                },
            }.ToJsonString());
        return (await Result(accepted))["properties"]!;
    }

    private static async Task<JsonNode> Output(HttpResponseMessage poll) => (await SandboxClient.Json(poll))["properties"]!["output"]!;

    private async Task<JsonNode> Result(HttpResponseMessage accepted)
    {
        Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
        using var poll = await _client.Send("GET", accepted.Headers.GetValues("Azure-AsyncOperation").Single());
        return await Output(poll);
    }

    private Task<HttpResponseMessage> Put(string path, string json) => _client.SendJson("PUT", Compute + path + Version, json);
}
