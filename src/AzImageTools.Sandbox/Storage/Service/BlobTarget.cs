using AzImageTools.Sandbox.Wire;

namespace AzImageTools.Sandbox.Storage.Service;

/// <summary>The blob that a request is for. Its methods are called under the cloud's lock.</summary>
/// <param name="state">The cloud.</param>
/// <param name="request">The request.</param>
/// <param name="account">The account.</param>
/// <param name="containerName">The container's name.</param>
/// <param name="name">The blob's name.</param>
internal sealed class BlobTarget(CloudState state, CloudRequest request, StorageAccount account, string containerName, string name)
{
    public CloudRequest Request { get; } = request;

    public StorageAccount Account { get; } = account;

    public string Name { get; } = name;

    public BlobContainer Container
        => Account.Containers.TryGetValue(containerName, out var container) ? container : throw StorageException.ContainerNotFound();

    /// <summary>What is there under the name; null for nothing.</summary>
    public StoredBlob? Existing => Container.Blobs.TryGetValue(Name, out var blob) ? blob : null;

    /// <summary>The blob, or the snapshot of it that is asked for.</summary>
    public StoredBlob Find()
    {
        var blob = Existing ?? throw StorageException.BlobNotFound();
        blob.Copy?.Poll(state.Now);
        if (!Request.Query.ContainsKey("snapshot"))
        {
            return blob;
        }

        return blob.Snapshots.TryGetValue(SnapshotTime("snapshot"), out var snapshot) ? snapshot : throw StorageException.BlobNotFound();
    }

    /// <summary>The blob, of one type, to be changed by a request that holds its lease and whose conditions it meets.</summary>
    public T FindToWrite<T>()
        where T : StoredBlob
    {
        var blob = Existing ?? throw StorageException.BlobNotFound();
        if (Request.Query.ContainsKey("snapshot"))
        {
            throw StorageException.InvalidQuery("snapshot", Request.QueryValue("snapshot"), "A snapshot can't be changed.");
        }

        CheckWrite(blob);
        return blob as T ?? throw WrongType();
    }

    /// <summary>Refuses a change by a request that does not hold the lease, or whose conditions are not met.</summary>
    public void CheckWrite(StoredBlob blob)
    {
        blob.Copy?.Poll(state.Now);
        blob.Lease.CheckWrite(Request.Header("x-ms-lease-id"), state.Now);
        BlobConditions.CheckWrite(Request, blob);
        if (blob.Copy is { IsPending: true })
        {
            throw StorageException.Conflict("PendingCopyOperation", "There is currently a pending copy operation.");
        }

        if (blob is PageBlob { IsIncrementalCopy: true } && Request.Method is not "DELETE" && Request.QueryValue("comp") is not ("incrementalcopy" or "lease"))
        {
            throw StorageException.Conflict("OperationNotAllowedOnIncrementalCopyBlob", "The specified operation is not allowed on an incremental copy blob.");
        }
    }

    /// <summary>Refuses to make a blob where the request may not overwrite what is there.</summary>
    public void CheckCreate()
    {
        if (Existing is not { } existing)
        {
            BlobConditions.CheckMissing(Request);
            return;
        }

        if (Request.Header("If-None-Match") is "*")
        {
            throw StorageException.Conflict("BlobAlreadyExists", "The specified blob already exists.");
        }

        if (Request.QueryValue("sp") is { Length: > 0 } permissions && permissions.IndexOf('w') < 0)
        {
            throw StorageException.Forbidden("UnauthorizedBlobOverwrite", "This request is not authorized to perform blob overwrites.");
        }

        CheckWrite(existing);
    }

    /// <summary>Puts a blob in its place, and drops what was there.</summary>
    public void Put(StoredBlob blob)
    {
        var container = Container;
        if (Existing is { } existing)
        {
            if (blob is PageBlob pages && existing is PageBlob before)
            {
                pages.Generation = before.Generation + 1;
            }

            blob.Replace(existing);
        }

        container.DropUncommitted(Name);
        container.Blobs[Name] = blob;
    }

    /// <summary>A snapshot's time in the query.</summary>
    public string SnapshotTime(string parameter)
    {
        var text = Request.QueryValue(parameter);
        return DateTimeOffset.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, System.Globalization.DateTimeStyles.AssumeUniversal, out _)
            ? text
            : throw StorageException.InvalidQuery(parameter, text, "It is no time.");
    }

    public static StorageException WrongType() => StorageException.Conflict("InvalidBlobType", "The blob type is invalid for this operation.");
}
