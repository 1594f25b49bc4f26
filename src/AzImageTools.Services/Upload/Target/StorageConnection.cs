using AzImageTools.Disks;
using AzImageTools.Services.Session;
using Azure.Storage.Blobs;

namespace AzImageTools.Services.Upload.Target;

/// <summary>
/// What a storage context of Az.Storage carries: where an account's blobs are, and one credential, which is an account key, a
/// shared access signature or the sign-in of the session.
/// </summary>
public sealed class StorageConnection
{
    /// <summary>What the endpoints of a connection string end with where it does not say (Microsoft Learn, "Configure Azure Storage connection strings").</summary>
    private const string DefaultSuffix = "core.windows.net";

    /// <summary>In bytes: an account key is 512 bits (Microsoft Learn, "Manage storage account access keys").</summary>
    private const int KeyLength = 64;

    private readonly string? _givenName;
    private readonly string? _key;
    private readonly string? _signature;

    /// <summary>Takes a context apart.</summary>
    /// <param name="connectionString">Its connection string, with what is secret in it; null or empty for none.</param>
    /// <param name="accountName">The name of the storage account; null where the context does not know it.</param>
    /// <param name="blobEndpoint">Where the blobs are, such as <c>https://images.blob.core.windows.net/</c>; null to take it from the connection string.</param>
    /// <param name="isSignedIn">Whether the context stands for the user's own sign-in, where the connection string has no credential.</param>
    /// <exception cref="ImageServiceException">It has no credential that an upload can use, or no address (StorageContextUnusable).</exception>
    public StorageConnection(string? connectionString, string? accountName, string? blobEndpoint, bool isSignedIn)
    {
        Dictionary<string, string> parts = Parse(connectionString ?? string.Empty);
        _givenName = accountName;
        _key = Find(parts, "AccountKey");
        _signature = _key is null ? Find(parts, "SharedAccessSignature")?.TrimStart('?') : null;
        BlobEndpoint = FindEndpoint(parts, accountName, blobEndpoint);
        AccountName = Find(parts, "AccountName") ?? new BlobUriBuilder(BlobEndpoint).AccountName;
        if (_key is null && _signature is null && !isSignedIn)
        {
            throw Unusable(
                "It carries no credential.",
                "Make it with New-AzStorageContext and -StorageAccountKey, -SasToken or -UseConnectedAccount, or take that of Get-AzStorageAccount.");
        }

        if (_key is not null && !IsKey(_key))
        {
            throw Unusable("Its account key is not valid.", "Copy the whole key, or take the context of Get-AzStorageAccount.");
        }

        if (BlobEndpoint.Scheme != Uri.UriSchemeHttps && !BlobEndpoint.IsLoopback)
        {
            throw Unusable($"Its address {BlobEndpoint.AbsoluteUri} begins with http: anyone on the network could read the data.", "Make it with -Protocol Https.");
        }
    }

    /// <summary>Where the account's blobs are.</summary>
    public Uri BlobEndpoint { get; }

    /// <summary>The storage account.</summary>
    public string AccountName { get; }

    /// <summary>The context, where it is one of an account that was named beside it: by the name that the context gives it, or the one that it signs with.</summary>
    /// <param name="accountName">The account; null for any.</param>
    /// <exception cref="ImageServiceException">It is another account's (StorageAccountMismatch).</exception>
    public StorageConnection RequireAccount(string? accountName)
        => accountName is null || Same(accountName, _givenName) || Same(accountName, AccountName)
            ? this
            : throw new ImageServiceException(
                "StorageAccountMismatch",
                ErrorKind.InvalidArgument,
                $"The storage context is one of the account '{AccountName}', not of '{accountName}'.",
                "Give the context of the account that is meant, or leave -StorageAccountName out.",
                accountName);

    /// <summary>The error of a context that could not be read.</summary>
    /// <param name="problem">What was said, in whose words.</param>
    public static ImageServiceException Unreadable(string problem)
        => Unusable(
            problem,
            "A context of Get-AzStorageAccount reads the account's keys, for which a role such as Storage Account Contributor is needed; New-AzStorageContext -UseConnectedAccount does without.");

    /// <summary>A page blob to upload to, with the context's credential.</summary>
    /// <param name="container">A container that is there.</param>
    /// <param name="blobName">The blob's name.</param>
    /// <param name="force">Overwrite a blob of that name; otherwise that is an error.</param>
    /// <exception cref="ImageServiceException">A name is none that Azure Storage allows, or the signature is none (NameInvalid, InvalidSasUri).</exception>
    public UploadTarget CreateTarget(string container, string blobName, bool force)
    {
        Uri blob = StorageClients.BlobUri(BlobEndpoint, container, blobName);
        return _key is not null ? new AccountKeyTarget(blob, AccountName, _key) { Force = force }
            : _signature is not null ? new SasTarget($"{blob.AbsoluteUri}?{_signature}") { Force = force }
            : new PageBlobTarget(AccountName, container, blobName) { Endpoint = BlobEndpoint, Force = force };
    }

    /// <summary>The page blob of an upload, with the context's credential.</summary>
    /// <param name="uploadId">The blob's address, as <c>PendingUpload.Id</c> has it.</param>
    /// <exception cref="ImageServiceException">It went to no page blob, or the signature is none (AccessToOtherTarget, InvalidSasUri).</exception>
    public UploadTarget CreateTarget(string uploadId)
    {
        BlobUriBuilder? blob = Uri.TryCreate(uploadId, UriKind.Absolute, out Uri? address) ? new BlobUriBuilder(address) : null;
        return string.IsNullOrEmpty(blob?.BlobName) ? throw PageBlobAccess.ToOther(uploadId, BlobEndpoint) : CreateTarget(blob!.BlobContainerName, blob.BlobName, force: false);
    }

    /// <summary>Never the credential.</summary>
    public override string ToString() => BlobEndpoint.AbsoluteUri;

    private static bool Same(string one, string? other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase);

    /// <summary>The names and values of a connection string. Only the first equals sign of each part divides.</summary>
    private static Dictionary<string, string> Parse(string connectionString)
    {
        Dictionary<string, string> parts = new(StringComparer.OrdinalIgnoreCase);
        foreach (string part in connectionString.Split(';'))
        {
            int equals = part.IndexOf('=');
            if (equals > 0)
            {
                parts[part.Substring(0, equals).Trim()] = part.Substring(equals + 1).Trim();
            }
        }

        return parts;
    }

    private static string? Find(Dictionary<string, string> parts, string name)
        => parts.TryGetValue(name, out string? value) && value.Length > 0 ? value : null;

    private static Uri FindEndpoint(Dictionary<string, string> parts, string? accountName, string? blobEndpoint)
    {
        string? given = string.IsNullOrEmpty(blobEndpoint) ? Find(parts, "BlobEndpoint") : blobEndpoint;
        string? account = Find(parts, "AccountName") ?? accountName;
        string address = given ?? $"{Find(parts, "DefaultEndpointsProtocol") ?? Uri.UriSchemeHttps}://{account}.blob.{Find(parts, "EndpointSuffix") ?? DefaultSuffix}/";
        return Uri.TryCreate(address, UriKind.Absolute, out Uri? uri) && (uri.Scheme == Uri.UriSchemeHttps || uri.Scheme == Uri.UriSchemeHttp)
            ? SecretText.WithoutQuery(uri)
            : throw Unusable("It does not say where its blobs are.", "Give the context of New-AzStorageContext or Get-AzStorageAccount.");
    }

    private static bool IsKey(string text)
    {
        try
        {
            return Convert.FromBase64String(text).Length == KeyLength;
        }
        catch (FormatException)
        {
            return false;
        }
    }

    private static ImageServiceException Unusable(string problem, string remedy)
        => new("StorageContextUnusable", ErrorKind.InvalidArgument, $"The storage context can't be used. {problem}", remedy, "StorageContext");
}
