using System.Net;
using System.Text;

namespace AzImageTools.Sandbox.Tests.Arm;

public sealed class ScaleSetTests : IDisposable
{
    private const string Version = "?api-version=2023-07-01";

    private readonly SandboxClient _client = new(new Configuration.SandboxOptions { OperationPolls = 0 });

    private string Sets => _client.GroupPath + "/providers/Microsoft.Compute/virtualMachineScaleSets";

    private string Image => _client.GroupPath + "/providers/Microsoft.Compute/galleries/sandboxGallery/images/ubuntu";

    public void Dispose()
    {
        _client.Dispose();
    }

    [Fact]
    public async Task A_scale_set_tells_what_its_machines_are_made_of_and_no_secret()
    {
        using var made = await _client.SendJson("PUT", $"{Sets}/web{Version}", Body(Image, "Manual"));
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        using var read = await _client.Send("GET", $"{Sets}/web{Version}");
        var properties = (await SandboxClient.Json(read))["properties"]!;
        Assert.Equal(("Succeeded", "Uniform", Image), (
            properties["provisioningState"]!.GetValue<string>(),
            properties["orchestrationMode"]!.GetValue<string>(),
            properties["virtualMachineProfile"]!["storageProfile"]!["imageReference"]!["id"]!.GetValue<string>()));
        Assert.DoesNotContain("Hidden", properties.ToJsonString(), StringComparison.Ordinal);

        using var changed = await _client.SendJson("PUT", $"{Sets}/web{Version}", Body(Image + "/versions/1.0.0", "Rolling"));
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        using var list = await _client.Send("GET", Sets + Version);
        Assert.Equal([$"{Image}/versions/1.0.0"], (await SandboxClient.Json(list))["value"]!.AsArray().Select(set => set!["properties"]!["virtualMachineProfile"]!["storageProfile"]!["imageReference"]!["id"]!.GetValue<string>()));

        using var tagged = await _client.SendJson("PATCH", $"{Sets}/web{Version}", "{\"tags\":{\"a\":\"b\"}}");
        Assert.Equal(HttpStatusCode.OK, tagged.StatusCode);
        using var rows = await _client.Send(
            "POST",
            "/providers/Microsoft.ResourceGraph/resources?api-version=2022-10-01",
            new StringContent("{\"query\":\"Resources | where type =~ 'microsoft.compute/virtualmachinescalesets' | project id, tags\"}", Encoding.UTF8, "application/json"));
        Assert.Equal("b", (await SandboxClient.Json(rows))["data"]![0]!["tags"]!["a"]!.GetValue<string>());

        using var deleted = await _client.Send("DELETE", $"{Sets}/web{Version}");
        Assert.Equal(HttpStatusCode.Accepted, deleted.StatusCode);
    }

    private static string Body(string image, string mode)
        => "{\"location\":\"westeurope\",\"sku\":{\"name\":\"Standard_D2s_v5\",\"capacity\":0},\"properties\":{\"upgradePolicy\":{\"mode\":\"" + mode
            + "\"},\"virtualMachineProfile\":{\"osProfile\":{\"computerNamePrefix\":\"web\",\"adminUsername\":\"someone\",\"adminPassword\":\"Hidden-1234\"},\"storageProfile\":{\"imageReference\":{\"id\":\""
            + image + "\"}}}}}";
}
