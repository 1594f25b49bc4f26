using System.Net;
using System.Text.Json.Nodes;

namespace AzImageTools.Sandbox.Tests.Arm;

/// <summary>Asks for a machine by hand, and waits for what it starts.</summary>
internal sealed class MachineClient(SandboxClient client, string name)
{
    public const string Version = "api-version=2024-07-01";

    private const string Interface = """
        [{"name":"card","properties":{"primary":true,"deleteOption":"Delete","ipConfigurations":[{"name":"a","properties":{"subnet":{"id":"NETWORK/virtualNetworks/sandbox-vnet/subnets/default"}}}]}}]
        """;

    public string Id => client.GroupPath + "/providers/Microsoft.Compute/virtualMachines/" + name;

    public async Task<JsonNode> Get(string path = "", string query = "")
    {
        using var response = await client.Send("GET", Id + path + "?" + Version + query);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await SandboxClient.Json(response);
    }

    /// <summary>The codes of the instance view.</summary>
    public async Task<List<string>> Codes()
    {
        return [.. (await Get("/instanceView"))["statuses"]!.AsArray().Select(status => status!["code"]!.GetValue<string>())];
    }

    /// <summary>What the agent says of itself: Ready, Not Ready; null where the machine does not run.</summary>
    public async Task<string?> Agent()
    {
        return (await Get("/instanceView"))["vmAgent"]?["statuses"]![0]!["displayStatus"]!.GetValue<string>();
    }

    /// <summary>Sends a request, and asks for its operation until that has ended.</summary>
    /// <returns>The operation, or the error that there was at once.</returns>
    public async Task<JsonNode> Do(string method, string path, JsonNode? body = null)
    {
        using var response = body is null
            ? await client.Send(method, Id + path + "?" + Version)
            : await client.SendJson(method, Id + path + "?" + Version, body.ToJsonString());
        if (!response.Headers.TryGetValues("Azure-AsyncOperation", out var address))
        {
            return await SandboxClient.Json(response);
        }

        for (var polls = 0; ; polls++)
        {
            using var answer = await client.Send("GET", address.Single());
            var operation = await SandboxClient.Json(answer);
            if (operation["status"]!.GetValue<string>() != "InProgress")
            {
                return operation;
            }

            await SandboxClient.Pause(polls);
        }
    }

    /// <summary>Makes the machine and waits for its end.</summary>
    /// <param name="image">Its image reference; null for a machine of the disk.</param>
    /// <param name="disk">The id of an OS disk to attach.</param>
    /// <param name="edit">Changes the request.</param>
    public Task<JsonNode> Create(JsonObject? image, string? disk = null, Action<JsonObject>? edit = null)
    {
        var storage = new JsonObject();
        var properties = new JsonObject
        {
            ["hardwareProfile"] = new JsonObject { ["vmSize"] = "Standard_D2s_v5" },
            ["storageProfile"] = storage,
            ["diagnosticsProfile"] = new JsonObject { ["bootDiagnostics"] = new JsonObject { ["enabled"] = true } },
            ["networkProfile"] = new JsonObject
            {
                ["networkApiVersion"] = "2022-11-01",
                ["networkInterfaceConfigurations"] = JsonNode.Parse(Interface.Replace("NETWORK", client.GroupPath + "/providers/Microsoft.Network", StringComparison.Ordinal)),
            },
        };
        if (image is null)
        {
            storage["osDisk"] = new JsonObject { ["createOption"] = "Attach", ["managedDisk"] = new JsonObject { ["id"] = disk } };
        }
        else
        {
            storage["imageReference"] = image;
            properties["osProfile"] = new JsonObject { ["computerName"] = "fresh", ["adminUsername"] = "sandbox", ["adminPassword"] = "Hidden-1234" };
        }

        edit?.Invoke(properties);
        return Do("PUT", "", new JsonObject { ["location"] = "westeurope", ["properties"] = properties });
    }
}
