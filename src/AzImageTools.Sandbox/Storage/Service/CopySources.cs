using System.Net;
using AzImageTools.Sandbox.Storage.Authorization;
using AzImageTools.Sandbox.Wire;

namespace AzImageTools.Sandbox.Storage.Service;

/// <summary>Finds what <c>x-ms-copy-source</c> names, be it a blob, a snapshot or a managed disk, and whether the request may read it.</summary>
internal sealed class CopySources(CloudState state, Authorizer authorizer, DataRoles roles)
{
    /// <summary>The source; the error of the copy where it can't be read.</summary>
    /// <param name="target">What is copied to.</param>
    /// <param name="mayBeMissing">Whether a blob that is not there is told as such, as Copy Blob does.</param>
    public CopySource Open(BlobTarget target, bool mayBeMissing = false)
    {
        var text = target.Request.Header("x-ms-copy-source") ?? throw StorageException.MissingHeader("x-ms-copy-source");
        if (!Uri.TryCreate(text, UriKind.Absolute, out var address))
        {
            throw StorageException.InvalidHeader("x-ms-copy-source");
        }

        CopySource source;
        try
        {
            source = Find(target, address);
        }
        catch (StorageException error) when (error.Code is not "BlobNotFound" || !mayBeMissing)
        {
            throw new StorageException(error.Status, "CannotVerifyCopySource", error.Message);
        }

        BlobConditions.CheckSource(target.Request, source.Blob.ETag, source.Blob.LastModified);
        return source;
    }

    private CopySource Find(BlobTarget target, Uri address)
    {
        var query = QueryString.Parse(address.Query);
        var token = target.Request.Header("x-ms-copy-source-authorization");
        var hasToken = token?.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) == true;
        if (BlobAddress.IsManagedDiskHost(address.Host))
        {
            return new CopySource(ManagedDiskEndpoint.Find(state, address, query, hasToken).Pages, address, "");
        }

        if (!BlobAddress.IsBlobHost(address.Host))
        {
            throw StorageException.BadRequest("CannotVerifyCopySource", "The sandbox copies from its own storage accounts and managed disks only.");
        }

        var (accountName, containerName, blobName) = BlobAddress.Parse(address);
        lock (state.Gate)
        {
            if (blobName is null || !state.Accounts.TryGetValue(accountName, out var account))
            {
                throw StorageException.NotFound("ResourceNotFound", "The specified resource does not exist.");
            }

            CheckRight(target, account, containerName, blobName, address, query, hasToken);
            var blob = account.Containers.TryGetValue(containerName, out var container) && container.Blobs.TryGetValue(blobName, out var found) ? found : null;
            var snapshot = query.TryGetValue("snapshot", out var time) ? time : "";
            if (blob is not null && snapshot.Length > 0)
            {
                blob = blob.Snapshots.TryGetValue(snapshot, out var taken) ? taken : null;
            }

            return blob is null
                ? throw new StorageException(HttpStatusCode.NotFound, "BlobNotFound", "The specified blob does not exist.")
                : new CopySource(blob, address, snapshot);
        }
    }

    /// <summary>A signature or a token of its own opens a source; in the same account what opens the target is enough.</summary>
    private void CheckRight(
        BlobTarget target, StorageAccount account, string container, string blob, Uri address, IReadOnlyDictionary<string, string> query, bool hasToken)
    {
        if (query.ContainsKey("sig"))
        {
            authorizer.CheckSignature(new SasQuery(query), address, account, container, blob, AccessNeed.Object("r"));
        }
        else if (!hasToken && (account != target.Account || target.Request.Query.ContainsKey("sig")))
        {
            throw StorageException.Unauthenticated("https://storage.azure.com");
        }
        else if (hasToken || target.Request.HasBearerToken)
        {
            roles.Check(AccessNeed.Object("r"), account);
        }
    }
}

/// <summary>What a copy reads.</summary>
/// <param name="Blob">A blob, a snapshot, or the pages of a managed disk.</param>
/// <param name="Address">Its address, with a signature where there was one.</param>
/// <param name="Snapshot">The snapshot's time; empty for none.</param>
internal sealed record CopySource(StoredBlob Blob, Uri Address, string Snapshot)
{
    public PageData Data => Blob.Data;

    /// <summary>The address without what opens it.</summary>
    public string PublicAddress => Address.GetLeftPart(UriPartial.Path) + (Snapshot.Length == 0 ? "" : "?snapshot=" + Snapshot);
}
