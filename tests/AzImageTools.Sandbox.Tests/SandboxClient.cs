using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Configuration;
using AzImageTools.Sandbox.Tests.Recordings;
using Azure;
using Azure.Core.Pipeline;
using Azure.ResourceManager;
using Azure.ResourceManager.Resources;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Specialized;

namespace AzImageTools.Sandbox.Tests;

/// <summary>A cloud, and the clients that speak to it: the Azure SDK's, and one for requests written by hand.</summary>
internal sealed class SandboxClient : IDisposable
{
    private readonly HttpClient _http;

    public SandboxClient(SandboxOptions? options = null)
    {
        Cloud = new SandboxCloud(options);
        _http = new HttpClient(new RecordedTraffic(Cloud.CreateHandler()));
        Arm = new ArmClient(new AnyToken(), Cloud.SubscriptionId, new ArmClientOptions { Transport = Transport(), Retry = { MaxRetries = 0 } });
    }

    public SandboxCloud Cloud { get; }

    public ArmClient Arm { get; }

    public ResourceGroupResource Group => Arm.GetResourceGroupResource(ResourceGroupResource.CreateResourceIdentifier(Cloud.SubscriptionId, "sandbox-rg"));

    public string GroupPath => $"/subscriptions/{Cloud.SubscriptionId}/resourceGroups/sandbox-rg";

    public BlobServiceClient Blobs => new(new Uri("https://sandboximages.blob.core.windows.net"), new AnyToken(), BlobOptions());

    public PageBlobClient PageBlob(string name)
    {
        return Blobs.GetBlobContainerClient("vhds").GetPageBlobClient(name);
    }

    public PageBlobClient PageBlob(Uri address)
    {
        return new PageBlobClient(address, BlobOptions());
    }

    /// <summary>Asks until the operation is done; the SDK's own way waits a second between questions.</summary>
    public static async Task<T> Finish<T>(Operation<T> operation)
        where T : notnull
    {
        await Finish((Operation)operation);
        return operation.Value;
    }

    public static async Task Finish(Operation operation)
    {
        for (var polls = 0; !operation.HasCompleted; polls++)
        {
            await Pause(polls);
            await operation.UpdateStatusAsync();
        }
    }

    /// <summary>To be awaited between polls: bytes may still be on the move.</summary>
    public static async Task Pause(int polls)
    {
        Assert.True(polls < 2000, "The operation does not end.");
        if (polls > 3)
        {
            await Task.Delay(5);
        }
    }

    /// <summary>Sends a request with a token, to Resource Manager where the address is a path.</summary>
    public Task<HttpResponseMessage> Send(string method, string address, HttpContent? content = null, params (string Name, string Value)[] headers)
    {
        return SendAs("anything", method, address, content, headers);
    }

    public async Task<HttpResponseMessage> SendAs(string? token, string method, string address, HttpContent? content = null, params (string Name, string Value)[] headers)
    {
        var uri = address.StartsWith('/') ? "https://management.azure.com" + address : address;
        using var request = new HttpRequestMessage(new HttpMethod(method), uri) { Content = content };
        if (token is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        foreach (var (name, value) in headers)
        {
            if (!request.Headers.TryAddWithoutValidation(name, value))
            {
                Assert.True(request.Content?.Headers.TryAddWithoutValidation(name, value));
            }
        }

        if (request.RequestUri!.Host.Contains(".blob.", StringComparison.Ordinal) && !request.Headers.Contains("x-ms-version"))
        {
            request.Headers.Add("x-ms-version", "2023-11-03");
        }

        return await _http.SendAsync(request);
    }

    public Task<HttpResponseMessage> SendJson(string method, string address, string json)
    {
        return Send(method, address, new StringContent(json, Encoding.UTF8, "application/json"));
    }

    public static async Task<JsonNode> Json(HttpResponseMessage response)
    {
        return JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
    }

    public static async Task<string> ErrorCode(HttpResponseMessage response)
    {
        return (await Json(response))["error"]!["code"]!.GetValue<string>();
    }

    public static string StorageError(HttpResponseMessage response)
    {
        return response.Headers.GetValues("x-ms-error-code").Single();
    }

    public HttpClientTransport Transport()
    {
        return new HttpClientTransport(new HttpClient(new RecordedTraffic(Cloud.CreateHandler())));
    }

    public void Dispose()
    {
        _http.Dispose();
        Cloud.Dispose();
    }

    private BlobClientOptions BlobOptions()
    {
        return new BlobClientOptions { Transport = Transport(), Retry = { MaxRetries = 0 } };
    }
}
