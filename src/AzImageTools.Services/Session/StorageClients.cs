using System.Text.RegularExpressions;
using AzImageTools.Disks;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Storage;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Specialized;

namespace AzImageTools.Services.Session;

/// <summary>Makes clients for page blobs, all on one transport and with our retries.</summary>
internal sealed class StorageClients(HttpPipelineTransport transport, TimeProvider time, CloudEnvironment environment, TokenCredential? credential, TimeSpan? tryTimeout = null)
{
    // Microsoft Learn, "Naming rules and restrictions for Azure resources", Microsoft.Storage; "Naming and referencing containers, blobs, and metadata".
    private const int LongestBlobName = 1024;

    /// <summary>
    /// For whom a managed disk's pages want a token (Microsoft Learn, "Secure downloads and uploads with Microsoft Entra ID"). The
    /// service compares it with its own name letter by letter, the slash at its end included.
    /// </summary>
    private const string DiskScope = "https://disk.azure.com//.default";

    /// <summary>For whom blobs want a token (Microsoft Learn, "Authorize access to blobs using Microsoft Entra ID").</summary>
    private const string BlobScope = "https://storage.azure.com/.default";

    private static readonly Regex AccountName = new(@"^[a-z0-9]{3,24}\z", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));
    private static readonly Regex ContainerName = new(@"^(?=.{3,63}\z)[a-z0-9]+(-[a-z0-9]+)*\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1));

    /// <summary>Clients that work with shared access signatures alone, without a session.</summary>
    public static StorageClients WithoutSession(TimeProvider time)
        => new(AzureTransport.Shared, time, CloudEnvironment.AzureCloud, credential: null);

    /// <summary>Where a blob is.</summary>
    /// <exception cref="ImageServiceException">A name is none that Azure Storage allows: it must not lead the credential to another host.</exception>
    public Uri BlobUri(string account, string container, string blob)
        => BlobUri(AccountUri(account), container, blob);

    /// <summary>A client for a storage account, with the session's credential.</summary>
    /// <param name="account">Its name.</param>
    /// <exception cref="ImageServiceException">It is no name that Azure Storage allows.</exception>
    public BlobServiceClient Account(string account)
        => new(AccountUri(account), credential ?? throw new InvalidOperationException("There is no session."), Options([]));

    /// <summary>Where a blob is.</summary>
    /// <param name="endpoint">Where the blobs of its storage account are.</param>
    /// <param name="container">The container's name.</param>
    /// <param name="blob">The blob's name.</param>
    /// <exception cref="ImageServiceException">A name is none that Azure Storage allows.</exception>
    public static Uri BlobUri(Uri endpoint, string container, string blob)
    {
        string[] segments = blob.Split('/');
        Require(ContainerName.IsMatch(container), container, "container", "3 to 63 lowercase letters, digits and single hyphens");
        Require(
            blob.Length is > 0 and <= LongestBlobName && !segments.Any(segment => segment is "" or "." or ".."),
            blob,
            "blob",
            "1 to 1,024 characters, and no part between slashes that is empty or dots alone");
        return new Uri($"{endpoint.AbsoluteUri.TrimEnd('/')}/{container}/{string.Join("/", segments.Select(Uri.EscapeDataString))}");
    }

    /// <summary>The address, if it is one of a blob in this cloud.</summary>
    /// <exception cref="ImageServiceException">It is not (BlobUriInvalid): the credential must not go elsewhere.</exception>
    public Uri RequireBlobUri(Uri address)
    {
        BlobUriBuilder parts = new(address);
        Uri own = BlobUri(parts.AccountName, parts.BlobContainerName, parts.BlobName);
        return Uri.Compare(own, address, UriComponents.HttpRequestUrl, UriFormat.Unescaped, StringComparison.Ordinal) == 0
            ? own
            : throw new ImageServiceException(
                "BlobUriInvalid", ErrorKind.InvalidArgument, $"{SecretText.WithoutQuery(address)} is not a blob's address in this cloud.", string.Empty, SecretText.WithoutQuery(address));
    }

    /// <summary>A client for a blob by its address, with the session's credential.</summary>
    /// <param name="blob">Its address, without a query.</param>
    /// <param name="policies">Run for each try of each request.</param>
    public PageBlobClient PageBlob(Uri blob, params HttpPipelinePolicy[] policies)
        => new(blob, credential ?? throw new InvalidOperationException("There is no session."), Options(policies));

    /// <summary>A client for a blob by an address that holds a shared access signature.</summary>
    /// <param name="sas">The address, a secret.</param>
    /// <param name="policies">Run for each try of each request.</param>
    public PageBlobClient PageBlobWithSas(Uri sas, params HttpPipelinePolicy[] policies) => new(sas, Options(policies));

    /// <summary>Puts a token of the session's credential for managed disks on each request, beside its signature.</summary>
    public HttpPipelinePolicy DiskToken()
        => new BearerTokenAuthenticationPolicy(credential ?? throw new InvalidOperationException("There is no session."), DiskScope);

    /// <summary>A token of the session's credential for blobs: for a service that reads one for another.</summary>
    public async Task<string> BlobTokenAsync(CancellationToken cancellation)
        => (await (credential ?? throw new InvalidOperationException("There is no session.")).GetTokenAsync(new TokenRequestContext([BlobScope]), cancellation).ConfigureAwait(false)).Token;

    /// <summary>Whether an address is one of a storage account in this cloud, where the session's token may go.</summary>
    public bool IsOwn(Uri address) => address.Scheme == Uri.UriSchemeHttps && address.Host.EndsWith($".blob.{environment.StorageEndpointSuffix}", StringComparison.OrdinalIgnoreCase);

    /// <summary>A client for a blob by its storage account's key.</summary>
    /// <param name="blob">Its address, without a query.</param>
    /// <param name="account">The storage account.</param>
    /// <param name="key">The account's key in base64, a secret.</param>
    public PageBlobClient PageBlobWithKey(Uri blob, string account, string key) => new(blob, new StorageSharedKeyCredential(account, key), Options([]));

    private Uri AccountUri(string account)
    {
        Require(AccountName.IsMatch(account), account, "storage account", "3 to 24 lowercase letters and digits");
        return new Uri($"https://{account}.blob.{environment.StorageEndpointSuffix}/");
    }

    private static void Require(bool valid, string name, string what, string rule)
    {
        if (!valid)
        {
            throw new ImageServiceException("NameInvalid", ErrorKind.InvalidArgument, $"'{name}' can't be the name of {ResourceNames.WithArticle(what)}.", $"It has {rule}.", name);
        }
    }

    private BlobClientOptions Options(HttpPipelinePolicy[] policies)
    {
        BlobClientOptions options = new()
        {
            Transport = transport,
            RetryPolicy = new ServiceRetryPolicy(time),
        };
        if (tryTimeout is { } limit)
        {
            options.Retry.NetworkTimeout = limit;
        }

        options.AddPolicy(RequestLogPolicy.Instance, HttpPipelinePosition.BeforeTransport);
        options.AddPolicy(AnswerLimitPolicy.Instance, HttpPipelinePosition.BeforeTransport);
        options.AddPolicy(DataActionPolicy.Instance, HttpPipelinePosition.BeforeTransport);
        foreach (HttpPipelinePolicy policy in policies)
        {
            options.AddPolicy(policy, HttpPipelinePosition.PerRetry);
        }

        return options;
    }
}
