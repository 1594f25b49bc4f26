namespace AzImageTools.Sandbox.Tests.Arm;

/// <summary>CopyStart as learn.microsoft.com/azure/virtual-machines/disks-copy-incremental-snapshot-across-regions has it, and az's recording test_completion_percent.</summary>
public sealed class SnapshotCopyTests : IDisposable
{
    private readonly SandboxClient _client = new();
    private readonly ComputeClient _disks;

    public SnapshotCopyTests()
    {
        _disks = new ComputeClient(_client, "2025-01-02");
    }

    public void Dispose()
    {
        _client.Dispose();
    }

    [Fact]
    public async Task A_copy_started_goes_on_after_its_operation_and_can_not_be_used_before_its_end()
    {
        await Snapshot("one", "Copy", Disk, incremental: true);
        Assert.Null(ComputeClient.Error(await Snapshot("copy", "CopyStart", _disks.Id("snapshots/one"), incremental: true, "northeurope")));
        Assert.Equal("OperationNotAllowed", ComputeClient.Error(await _disks.Do("POST", "snapshots/copy/beginGetAccess", "{\"access\":\"Read\",\"durationInSeconds\":60}")));
        Assert.Equal("OperationNotAllowed", ComputeClient.Error(await _disks.Do("DELETE", "snapshots/one")));
        var seen = new List<int>();
        do
        {
            seen.Add((await _disks.Get("snapshots/copy"))["properties"]!["completionPercent"]!.GetValue<int>());
        }
        while (seen[^1] < 100 && seen.Count < 20);

        Assert.Equal(seen.Order(), seen);
        Assert.True(seen[0] < 100);
        Assert.Equal(100, seen[^1]);
        Assert.Null(ComputeClient.Error(await _disks.Do("POST", "snapshots/copy/beginGetAccess", "{\"access\":\"Read\",\"durationInSeconds\":60}")));
        Assert.Null(ComputeClient.Error(await _disks.Do("DELETE", "snapshots/one")));
    }

    [Fact]
    public async Task One_snapshot_of_a_disk_is_copied_at_a_time()
    {
        await Snapshot("one", "Copy", Disk, incremental: true);
        await Snapshot("two", "Copy", Disk, incremental: true);
        Assert.Equal(
            (await _disks.Get("snapshots/one"))["properties"]!["incrementalSnapshotFamilyId"]!.GetValue<string>(),
            (await _disks.Get("snapshots/two"))["properties"]!["incrementalSnapshotFamilyId"]!.GetValue<string>());
        await Snapshot("copy-one", "CopyStart", _disks.Id("snapshots/one"), incremental: true, "northeurope");
        Assert.Equal("Conflict", ComputeClient.Error(await Snapshot("copy-two", "CopyStart", _disks.Id("snapshots/two"), incremental: true, "northeurope")));
        for (var polls = 0; polls < 6; polls++)
        {
            await _disks.Get("snapshots/copy-one");
        }

        Assert.Null(ComputeClient.Error(await Snapshot("copy-two", "CopyStart", _disks.Id("snapshots/two"), incremental: true, "northeurope")));
    }

    [Fact]
    public async Task Only_incremental_snapshots_are_copied_so()
    {
        await Snapshot("full", "Copy", Disk, incremental: false);
        Assert.Equal("InvalidParameter", ComputeClient.Error(await Snapshot("copy", "CopyStart", _disks.Id("snapshots/full"), incremental: true)));
        Assert.Equal("InvalidParameter", ComputeClient.Error(await Snapshot("copy", "CopyStart", _disks.Id("snapshots/full"), incremental: false)));
        Assert.Equal(100, (await _disks.Get("snapshots/full"))["properties"]!["completionPercent"]!.GetValue<int>());
    }

    [Fact]
    public async Task A_snapshot_of_a_fast_disk_is_incremental_and_completes_later()
    {
        await _disks.Do("PUT", "disks/fast", "{\"location\":\"westeurope\",\"sku\":{\"name\":\"PremiumV2_LRS\"},\"properties\":{\"diskSizeGB\":8,\"creationData\":{\"createOption\":\"Empty\"}}}");
        Assert.Equal("InvalidParameter", ComputeClient.Error(await Snapshot("full", "Copy", _disks.Id("disks/fast"), incremental: false)));
        await Snapshot("later", "Copy", _disks.Id("disks/fast"), incremental: true);
        Assert.True((await _disks.Get("snapshots/later"))["properties"]!["completionPercent"]!.GetValue<int>() < 100);
    }

    private string Disk => _disks.Id("disks/linux-vm_OsDisk_1");

    private Task<System.Text.Json.Nodes.JsonNode?> Snapshot(string name, string option, string source, bool incremental, string location = "westeurope")
    {
        return _disks.Do(
            "PUT",
            "snapshots/" + name,
            "{\"location\":\"" + location + "\",\"properties\":{\"incremental\":" + (incremental ? "true" : "false")
            + ",\"creationData\":{\"createOption\":\"" + option + "\",\"sourceResourceId\":\"" + source + "\"}}}");
    }
}
