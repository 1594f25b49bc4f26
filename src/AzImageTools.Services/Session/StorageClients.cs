using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Specialized;

namespace AzImageTools.Services.Session;

/// <summary>Makes clients for page blobs, all on one transport and with our retries.</summary>
internal sealed class StorageClients(HttpPipelineTransport transport, TimeProvider time, CloudEnvironment environment, TokenCredential? credential)
{
    /// <summary>Clients that work with shared access signatures alone, without a session.</summary>
    public static StorageClients WithoutSession(TimeProvider time)
        => new(HttpClientTransport.Shared, time, CloudEnvironment.AzureCloud, credential: null);

    /// <summary>Where a blob is.</summary>
    public Uri BlobUri(string account, string container, string blob)
        => new($"https://{account}.blob.{environment.StorageEndpointSuffix}/{container}/{string.Join("/", blob.Split('/').Select(Uri.EscapeDataString))}");

    /// <summary>A client for a blob by its address, with the session's credential.</summary>
    /// <param name="blob">Its address, without a query.</param>
    /// <param name="policies">Run for each try of each request.</param>
    public PageBlobClient PageBlob(Uri blob, params HttpPipelinePolicy[] policies)
        => new(blob, credential ?? throw new InvalidOperationException("There is no session."), Options(policies));

    /// <summary>A client for a blob by an address that holds a shared access signature.</summary>
    /// <param name="sas">The address, a secret.</param>
    /// <param name="policies">Run for each try of each request.</param>
    public PageBlobClient PageBlobWithSas(Uri sas, params HttpPipelinePolicy[] policies) => new(sas, Options(policies));

    private BlobClientOptions Options(HttpPipelinePolicy[] policies)
    {
        BlobClientOptions options = new()
        {
            Transport = transport,
            RetryPolicy = new ServiceRetryPolicy(time),
        };
        foreach (HttpPipelinePolicy policy in policies)
        {
            options.AddPolicy(policy, HttpPipelinePosition.PerRetry);
        }

        return options;
    }
}
