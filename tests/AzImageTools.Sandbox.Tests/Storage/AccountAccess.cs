using System.Text.Json.Nodes;
using Azure.Storage;
using Azure.Storage.Blobs;

namespace AzImageTools.Sandbox.Tests.Storage;

/// <summary>The seeded storage account, opened by keys and signatures.</summary>
internal static class AccountAccess
{
    public const string Name = "sandboximages";

    public static readonly Uri Endpoint = new("https://sandboximages.blob.core.windows.net");

    public static string ResourcePath(this SandboxClient client) => client.GroupPath + "/providers/Microsoft.Storage/storageAccounts/" + Name;

    public static async Task<string[]> ListKeys(this SandboxClient client)
    {
        using var response = await client.SendJson("POST", client.ResourcePath() + "/listKeys?api-version=2022-09-01", "{}");
        return Keys(await SandboxClient.Json(response));
    }

    public static string[] Keys(JsonNode document) => [.. document["keys"]!.AsArray().Select(key => key!["value"]!.GetValue<string>())];

    public static async Task Set(this SandboxClient client, string properties)
    {
        using var response = await client.SendJson("PATCH", client.ResourcePath() + "?api-version=2022-09-01", "{\"properties\":" + properties + "}");
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
    }

    public static async Task<StorageSharedKeyCredential> Credential(this SandboxClient client) => new(Name, (await client.ListKeys())[0]);

    public static BlobServiceClient WithKey(this SandboxClient client, string key) => new(Endpoint, new StorageSharedKeyCredential(Name, key), Options(client));

    public static BlobServiceClient WithSas(this SandboxClient client, string query) => new(new Uri(Endpoint, "?" + query.TrimStart('?')), Options(client));

    public static BlobClientOptions Options(this SandboxClient client) => new() { Transport = client.Transport(), Retry = { MaxRetries = 0 } };

    public static async Task<(int Status, string? Code)> Refused(Func<Task> call)
    {
        var refused = await Assert.ThrowsAsync<Azure.RequestFailedException>(call);
        return (refused.Status, refused.ErrorCode);
    }
}
