using System.Text.Json.Nodes;

namespace AzImageTools.Sandbox.Tests.Arm;

/// <summary>Asks for resources of Microsoft.Compute by hand, and waits for what it starts.</summary>
internal sealed class ComputeClient(SandboxClient client, string version)
{
    public string Id(string path)
    {
        return client.GroupPath + "/providers/Microsoft.Compute/" + path;
    }

    public async Task<JsonNode> Get(string path, string query = "")
    {
        using var response = await client.Send("GET", Id(path) + "?api-version=" + version + query);
        return await SandboxClient.Json(response);
    }

    /// <summary>Sends a request, and asks for its operation until that has ended.</summary>
    /// <returns>The operation; where there is none the answer, null for an empty one.</returns>
    public async Task<JsonNode?> Do(string method, string path, string? body = null)
    {
        using var response = body is null
            ? await client.Send(method, Id(path) + "?api-version=" + version)
            : await client.SendJson(method, Id(path) + "?api-version=" + version, body);
        if (!response.Headers.TryGetValues("Azure-AsyncOperation", out var address))
        {
            var text = await response.Content.ReadAsStringAsync();
            return text.Length == 0 ? null : JsonNode.Parse(text);
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

    /// <summary>The code of what a request was refused or ended with; null for success.</summary>
    public static string? Error(JsonNode? answer)
    {
        return answer?["error"]?["code"]?.GetValue<string>();
    }
}
