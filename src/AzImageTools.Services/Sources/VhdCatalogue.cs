using System.Text.Json;
using AzImageTools.Disks;
using AzImageTools.Disks.Conversion;
using AzImageTools.Disks.Conversion.Layouts;
using AzImageTools.Disks.Items;
using AzImageTools.Services.Graph;
using AzImageTools.Services.Images;
using AzImageTools.Services.Session;
using Azure;
using Azure.Core;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;

namespace AzImageTools.Services.Sources;

/// <summary>Finds page blobs that end with a fixed VHD's footer, in storage accounts that are named or all that the sign-in sees.</summary>
internal sealed class VhdCatalogue(ImageSession session, ImageSourceFilter filter, SoughtNames sought, OperationContext context)
{
    private const int Concurrency = 8;
    private readonly PartFailures _failures = new(context.Log);

    /// <summary>Streams the VHDs that the filter names.</summary>
    public async IAsyncEnumerable<ImageSource> FindAsync()
    {
        await foreach (ImageSource source in AccountsAsync()
            .SelectManyConcurrentlyAsync(Concurrency, BlobsAsync, context.Cancellation)
            .SelectManyConcurrentlyAsync(Concurrency, ReadAsync, context.Cancellation).ConfigureAwait(false))
        {
            yield return source;
        }

        _failures.Finish();
    }

    private async IAsyncEnumerable<Account> AccountsAsync()
    {
        HashSet<string> left = new(filter.StorageAccounts, StringComparer.OrdinalIgnoreCase);
        bool asksAll = filter.AcrossSubscriptions && filter.ResourceGroupName is null;
        IReadOnlyList<Account> accounts = asksAll && left.Count == 0 ? await OfAllSubscriptionsAsync().ConfigureAwait(false) : await OfSubscriptionAsync().ConfigureAwait(false);
        foreach (Account account in accounts.Where(account => filter.StorageAccounts.Count == 0 || left.Remove(account.Name)).Where(IsWanted))
        {
            yield return account;
        }

        // Resource Graph lags behind: what is named is looked for in the subscription first.
        if (asksAll && left.Count > 0)
        {
            foreach (Account account in (await OfAllSubscriptionsAsync().ConfigureAwait(false)).Where(account => left.Remove(account.Name)).Where(IsWanted))
            {
                yield return account;
            }
        }

        foreach (string missing in left)
        {
            throw new ImageServiceException(
                "StorageAccountNotFound",
                ErrorKind.NotFound,
                asksAll ? $"The sign-in sees no storage account '{missing}' in any subscription." : $"There is no storage account '{missing}' in subscription '{session.Context.SubscriptionName}'.",
                asksAll ? "Check its name, or connect to its tenant." : "Name its subscription with -SubscriptionId.",
                missing);
        }
    }

    private bool IsWanted(Account account) => filter.TakesRegion(new AzureLocation(account.Location));

    private Task<IReadOnlyList<Account>> OfSubscriptionAsync() => SourceListing.ReadAsync(
        "the storage accounts",
        filter.ScopeOf(session),
        () => SubscriptionScope.GroupOf(session, filter) is { } group
            ? group.GetGenericResourcesAsync("resourceType eq 'Microsoft.Storage/storageAccounts'", cancellationToken: context.Cancellation)
            : session.Subscription.GetGenericResourcesAsync("resourceType eq 'Microsoft.Storage/storageAccounts'", cancellationToken: context.Cancellation),
        static account => new Account(account.Data.Name, account.Data.Location.Name, account.Id.ResourceGroupName, account.Id.SubscriptionId));

    private async Task<IReadOnlyList<Account>> OfAllSubscriptionsAsync()
    {
        List<Account> accounts = [];
        ResourceGraph graph = new(session);
        await foreach (JsonElement row in graph.RowsAsync("Resources | where type =~ 'microsoft.storage/storageaccounts' | project id, name, location | order by id asc", "Listing the storage accounts", context).ConfigureAwait(false))
        {
            if (ArmDocuments.Text(row, "id") is { } text && ResourceIdentifier.TryParse(text, out ResourceIdentifier? id) && id is not null && ArmDocuments.Text(row, "name") is { } name)
            {
                accounts.Add(new Account(name, new AzureLocation(ArmDocuments.Text(row, "location") ?? string.Empty).Name, id.ResourceGroupName, id.SubscriptionId));
            }
        }

        foreach (string hidden in await graph.HiddenSubscriptionsAsync(context).ConfigureAwait(false))
        {
            context.Log.Warning($"Subscription {hidden} is not looked through: the sign-in may not read it.");
        }

        return accounts;
    }

    private Task<IReadOnlyList<Vhd>> BlobsAsync(Account account, CancellationToken cancellation) => _failures.OrNoneAsync<Vhd>(() => AzureErrors.CallAsync($"Listing the blobs of the storage account '{account.Name}'", account.Name, async () =>
    {
        BlobServiceClient client = session.Storage.Account(account.Name);
        Wildcard pattern = ImageSourceFilter.PatternOf(filter.Name);
        List<Vhd> found = [];
        await foreach (BlobContainerItem container in client.GetBlobContainersAsync(cancellationToken: cancellation).InBounds().ConfigureAwait(false))
        {
            await foreach (BlobItem blob in client.GetBlobContainerClient(container.Name).GetBlobsAsync(cancellationToken: cancellation).InBounds().ConfigureAwait(false))
            {
                sought.Meet(SoughtPart.Name, blob.Name);
                bool mayBeVhd = blob.Properties.BlobType == BlobType.Page && blob.Properties.ContentLength is { } length && length > FixedVhdImage.FooterSize && length % FixedVhdImage.FooterSize == 0;
                if (mayBeVhd && pattern.Matches(blob.Name))
                {
                    found.Add(new Vhd(account, StorageClients.BlobUri(client.Uri, container.Name, blob.Name), blob));
                }
            }
        }

        return (IReadOnlyList<Vhd>)found;
    }));

    private Task<IReadOnlyList<ImageSource>> ReadAsync(Vhd vhd, CancellationToken cancellation) => _failures.OrNoneAsync<ImageSource>(() => AzureErrors.CallAsync($"Reading the footer of the blob {vhd.Uri}", vhd.Uri, async () =>
    {
        PageBlobClient blob = session.Storage.PageBlob(vhd.Uri);
        long length = vhd.Blob.Properties.ContentLength!.Value;
        Response<BlobDownloadResult> read = await blob.DownloadContentAsync(new BlobDownloadOptions { Range = new HttpRange(length - FixedVhdImage.FooterSize, FixedVhdImage.FooterSize) }, cancellation).ConfigureAwait(false);
        return (IReadOnlyList<ImageSource>)(SizeOf(read.Value.Content.ToArray(), length) is { } size ? [ToSource(vhd, size)] : []);
    }));

    /// <summary>The capacity of a fixed VHD that ends with such a footer; null where it is none.</summary>
    private static long? SizeOf(byte[] bytes, long length)
    {
        try
        {
            return FixedVhdFooter.Parse(bytes, "blob", length).Capacity;
        }
        catch (DiskFormatException)
        {
            return null;
        }
    }

    private static ImageSource ToSource(Vhd vhd, long size) => new()
    {
        Kind = ImageSourceKind.Vhd,
        Name = vhd.Blob.Name,
        Uri = vhd.Uri,
        ResourceGroupName = vhd.Account.ResourceGroup,
        Location = vhd.Account.Location,
        Locations = [vhd.Account.Location],
        SubscriptionId = vhd.Account.Subscription,

        // What is on it is told by Get-AzVhdInfo, which reads it.
        SecurityType = SecurityTypes.Standard,
        OsState = OsState.Generalized,
        ImageType = ImageType.OsImage,
        PublishedDate = vhd.Blob.Properties.LastModified,
        OsDiskSizeGB = (int)((size + (1L << 30) - 1) >> 30),
    };

    private sealed record Account(string Name, string Location, string? ResourceGroup, string? Subscription);

    private sealed record Vhd(Account Account, Uri Uri, BlobItem Blob);
}
