namespace AzImageTools.Sandbox.Tests.Arm;

/// <summary>Held against Azure/azure-rest-api-specs, diskEncryptionSetExamples and diskAccessExamples.</summary>
public sealed class EncryptionTests : IDisposable
{
    private const string Set = "{\"location\":\"westeurope\",\"identity\":{\"type\":\"SystemAssigned\"},\"properties\":{\"activeKey\":{\"keyUrl\":\"https://vault.vault.azure.net/keys/key/KEY\"}}}";

    private readonly SandboxClient _client = new();
    private readonly ComputeClient _disks;

    public EncryptionTests()
    {
        _disks = new ComputeClient(_client, "2025-01-02");
    }

    public void Dispose()
    {
        _client.Dispose();
    }

    [Fact]
    public async Task A_set_has_an_identity_tells_who_uses_it_and_stays_as_long()
    {
        Assert.Null(ComputeClient.Error(await _disks.Do("PUT", "diskEncryptionSets/keys", Set)));
        var set = await _disks.Get("diskEncryptionSets/keys");
        Assert.True(Guid.TryParse(set["identity"]!["principalId"]!.GetValue<string>(), out _));
        Assert.Equal("EncryptionAtRestWithCustomerKey", set["properties"]!["encryptionType"]!.GetValue<string>());
        await _disks.Do(
            "PUT",
            "disks/encrypted",
            "{\"location\":\"westeurope\",\"properties\":{\"diskSizeGB\":1,\"creationData\":{\"createOption\":\"Empty\"},\"encryption\":{\"type\":\"EncryptionAtRestWithCustomerKey\",\"diskEncryptionSetId\":\""
            + _disks.Id("diskEncryptionSets/keys") + "\"}}}");
        Assert.Equal(_disks.Id("disks/encrypted"), Assert.Single((await _disks.Get("diskEncryptionSets/keys/associatedResources"))["value"]!.AsArray())!.GetValue<string>());
        Assert.Equal("OperationNotAllowed", ComputeClient.Error(await _disks.Do("DELETE", "diskEncryptionSets/keys")));
        await _disks.Do("DELETE", "disks/encrypted");
        Assert.Null(ComputeClient.Error(await _disks.Do("DELETE", "diskEncryptionSets/keys")));
    }

    [Fact]
    public async Task A_rotated_key_is_kept_among_the_previous()
    {
        await _disks.Do("PUT", "diskEncryptionSets/keys", Set);
        await _disks.Do("PATCH", "diskEncryptionSets/keys", "{\"properties\":{\"activeKey\":{\"keyUrl\":\"https://vault.vault.azure.net/keys/key/NEW\"}}}");
        var properties = (await _disks.Get("diskEncryptionSets/keys"))["properties"]!;
        Assert.EndsWith("/NEW", properties["activeKey"]!["keyUrl"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.EndsWith("/KEY", Assert.Single(properties["previousKeys"]!.AsArray())!["keyUrl"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_access_offers_private_links_and_stays_while_a_disk_uses_it()
    {
        await _disks.Do("PUT", "diskAccesses/way", "{\"location\":\"westeurope\"}");
        var link = Assert.Single((await _disks.Get("diskAccesses/way/privateLinkResources"))["value"]!.AsArray())!;
        Assert.Equal("disks", link["properties"]!["groupId"]!.GetValue<string>());
        await _disks.Do(
            "PUT",
            "disks/private",
            "{\"location\":\"westeurope\",\"properties\":{\"diskSizeGB\":1,\"creationData\":{\"createOption\":\"Empty\"},\"networkAccessPolicy\":\"AllowPrivate\",\"diskAccessId\":\"" + _disks.Id("diskAccesses/way") + "\"}}");
        Assert.Equal("OperationNotAllowed", ComputeClient.Error(await _disks.Do("DELETE", "diskAccesses/way")));
    }
}
