using AzImageTools.Disks;
using AzImageTools.Services.Session;
using Azure;
using Azure.Core;
using Azure.ResourceManager.Resources;
using Azure.Storage.Blobs.Models;

namespace AzImageTools.Services.Publish;

/// <summary>Page blobs that a version is made of: each is named to Azure with its storage account.</summary>
/// <param name="session">The session.</param>
/// <param name="context">Log and cancellation.</param>
internal sealed class StorageBlobs(ImageSession session, OperationContext context)
{
    private const int NotFoundStatus = 404;
    private const int FirstClientError = 400;
    private const int LastClientError = 499;

    private readonly Dictionary<string, (ResourceIdentifier Id, AzureLocation Location)> _accounts = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The storage account of a blob that was read.</summary>
    public (ResourceIdentifier Id, AzureLocation Location) AccountOf(OriginDisk blob) => _accounts[NameOf(blob.BlobUri!)];

    /// <summary>The blob with its region, and what tells its content from any other.</summary>
    /// <exception cref="ImageServiceException">It is none of this cloud (BlobUriInvalid), not there (BlobNotFound), no page blob (BlobNotPageBlob), or its account is not in the subscription (StorageAccountNotFound).</exception>
    public async Task<OriginDisk> ReadAsync(OriginDisk blob)
    {
        Uri address = session.Storage.RequireBlobUri(blob.BlobUri!);
        string name = NameOf(address);
        if (!_accounts.TryGetValue(name, out (ResourceIdentifier Id, AzureLocation Location) account))
        {
            account = await FindAsync(name).ConfigureAwait(false);
            _accounts.Add(name, account);
        }

        return blob with { Location = account.Location, Content = await ReadContentAsync(address).ConfigureAwait(false) };
    }

    private static string NameOf(Uri address) => address.Host.Split('.')[0];

    /// <summary>A storage account of the subscription.</summary>
    /// <exception cref="ImageServiceException">It is not there (StorageAccountNotFound).</exception>
    public Task<(ResourceIdentifier Id, AzureLocation Location)> FindAsync(string name) => AzureErrors.CallAsync($"Looking for the storage account '{name}'", name, async () =>
    {
        await foreach (GenericResource account in session.Subscription
            .GetGenericResourcesAsync("resourceType eq 'Microsoft.Storage/storageAccounts'", cancellationToken: context.Cancellation).InBounds().ConfigureAwait(false))
        {
            if (string.Equals(account.Data.Name, name, StringComparison.OrdinalIgnoreCase))
            {
                return (account.Id, account.Data.Location);
            }
        }

        throw new ImageServiceException(
            "StorageAccountNotFound",
            ErrorKind.NotFound,
            $"There is no storage account '{name}' in subscription '{session.Context.SubscriptionName}'.",
            "A version is made of a blob in its own subscription: name that with -SubscriptionId, or upload the disk here (Send-AzVhd).",
            name);
    });

    /// <summary>The blob's ETag, which every change of it changes; null where it may not be read, which is left to Azure.</summary>
    private async Task<string?> ReadContentAsync(Uri address)
    {
        try
        {
            BlobProperties properties = await session.Storage.PageBlob(address).GetPropertiesAsync(cancellationToken: context.Cancellation).ConfigureAwait(false);
            return properties.BlobType == BlobType.Page ? properties.ETag.ToString() : throw new ImageServiceException(
                "BlobNotPageBlob", ErrorKind.InvalidArgument, $"The blob '{address}' is a {properties.BlobType} blob.", "Images are made of page blobs: upload the disk with Send-AzVhd.", address.ToString());
        }
        catch (RequestFailedException failure) when (failure.Status == NotFoundStatus)
        {
            throw new ImageServiceException("BlobNotFound", ErrorKind.NotFound, $"There is no blob '{address}'.", "Check its address.", address.ToString(), failure);
        }
        catch (RequestFailedException failure) when (failure.Status is >= FirstClientError and <= LastClientError)
        {
            context.Log.Verbose($"The blob '{address}' may not be read here: whether it fits is left to Azure.");
            return null;
        }
        catch (Exception problem) when (AzureErrors.IsFromService(problem))
        {
            throw AzureErrors.Translate(problem, $"Reading the blob '{address}'", address);
        }
    }
}
