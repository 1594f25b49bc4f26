using System.Net;
using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Configuration;

namespace AzImageTools.Sandbox.Tests.Arm;

public sealed class SoftDeleteTests : IDisposable
{
    private readonly ManualClock _clock = new();
    private readonly SandboxClient _client;

    public SoftDeleteTests()
    {
        _client = new SandboxClient(new SandboxOptions { OperationPolls = 0, TimeProvider = _clock });
    }

    private string Gallery => $"{_client.GroupPath}/providers/Microsoft.Compute/galleries/sandboxGallery";

    private string Version => $"{Gallery}/images/ubuntu/versions/1.0.0?api-version=2024-03-03";

    private string Deleted => $"{Gallery}/softDeletedArtifactTypes/Images/artifacts/ubuntu/versions?api-version=2024-03-03";

    public void Dispose() => _client.Dispose();

    [Fact]
    public async Task Without_the_policy_a_deleted_version_is_gone()
    {
        await Delete(Version);
        Assert.Empty(await List());
    }

    [Fact]
    public async Task With_the_policy_it_is_listed_and_comes_back_with_its_bytes()
    {
        await Keep();
        var file = _client.Cloud.FindDiskFile($"{Gallery}/images/ubuntu/versions/1.0.0");
        Assert.NotNull(file);
        await Delete(Version);
        using (var gone = await _client.Send("GET", Version))
        {
            Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
        }

        var kept = Assert.Single(await List());
        Assert.Equal("1.0.0", kept!["name"]!.GetValue<string>());
        Assert.Equal($"{Gallery}/images/ubuntu/versions/1.0.0", kept!["properties"]!["resourceArmId"]!.GetValue<string>());
        using (var held = await _client.Send("DELETE", $"{Gallery}/images/ubuntu?api-version=2024-03-03"))
        {
            Assert.Equal(HttpStatusCode.Conflict, held.StatusCode);
        }

        using var restored = await _client.SendJson("PUT", Version, """{"location":"westeurope","properties":{"storageProfile":{},"restore":true}}""");
        Assert.True(restored.IsSuccessStatusCode, await restored.Content.ReadAsStringAsync());
        using var read = await _client.Send("GET", Version);
        Assert.Equal("Succeeded", (await SandboxClient.Json(read))["properties"]!["provisioningState"]!.GetValue<string>());
        Assert.Equal(file, _client.Cloud.FindDiskFile($"{Gallery}/images/ubuntu/versions/1.0.0"));
        Assert.Empty(await List());
    }

    [Fact]
    public async Task After_seven_days_it_is_gone_for_good()
    {
        await Keep();
        await Delete(Version);
        _clock.Advance(TimeSpan.FromDays(7));
        Assert.Empty(await List());
        using var refused = await _client.SendJson("PUT", Version, """{"location":"westeurope","properties":{"storageProfile":{},"restore":true}}""");
        Assert.Equal((HttpStatusCode.BadRequest, "InvalidParameter"), (refused.StatusCode, await SandboxClient.ErrorCode(refused)));
    }

    [Fact]
    public async Task It_can_be_deleted_for_good()
    {
        await Keep();
        await Delete(Version);
        await Delete($"{Gallery}/softDeletedArtifactTypes/Images/artifacts/ubuntu/versions/1.0.0?api-version=2024-03-03");
        Assert.Empty(await List());
    }

    private async Task Keep()
    {
        using var response = await _client.SendJson(
            "PUT", $"{Gallery}?api-version=2024-03-03", """{"location":"westeurope","properties":{"softDeletePolicy":{"isSoftDeleteEnabled":true}}}""");
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
    }

    private async Task Delete(string address)
    {
        using var response = await _client.Send("DELETE", address);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());

        // A deletion ends when somebody asks.
        if (response.Headers.Location is { } location)
        {
            using var polled = await _client.Send("GET", location.AbsoluteUri);
        }
    }

    private async Task<JsonArray> List()
    {
        using var response = await _client.Send("GET", Deleted);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        return (await SandboxClient.Json(response))["value"]!.AsArray();
    }
}
