using System.Net;

namespace AzImageTools.Sandbox.Storage.Service;

/// <summary>Copy Blob, Copy Blob From URL, Abort Copy Blob and Incremental Copy Blob, within the sandbox.</summary>
internal sealed class CopyOperations(CloudState state, CopySources sources, BlobOperations blobs)
{
    /// <summary>REST reference, Copy Blob From URL.</summary>
    private const long LargestSynchronous = 256L << 20;

    public HttpResponseMessage Copy(BlobTarget target)
    {
        var request = target.Request;
        var isSynchronous = string.Equals(request.Header("x-ms-requires-sync"), "true", StringComparison.OrdinalIgnoreCase);
        var source = sources.Open(target, mayBeMissing: !isSynchronous);
        if (isSynchronous && source.Data.Length > LargestSynchronous)
        {
            throw StorageException.Conflict("CannotVerifyCopySource", "The copy source may not be larger than 256 MiB.");
        }

        var metadata = BlobHeaders.ReadMetadata(request);
        var tags = BlobTags.ReadHeader(request);
        lock (state.Gate)
        {
            _ = target.Container;
            target.CheckCreate();
            if (target.Existing is { } existing && existing.Type != source.Blob.Type)
            {
                throw BlobTarget.WrongType();
            }

            if (target.Existing == source.Blob)
            {
                throw StorageException.Conflict("CopyAcrossAccountsNotSupported", "The sandbox copies no blob onto itself.");
            }

            var blob = NewBlob(target.Name, source);
            blob.Metadata = metadata.Count > 0 ? metadata : new Dictionary<string, string>(source.Blob.Metadata, StringComparer.OrdinalIgnoreCase);
            blob.ContentHeaders = new Dictionary<string, string>(source.Blob.ContentHeaders, StringComparer.OrdinalIgnoreCase);
            blob.Tags = tags;
            blob.Tier = BlobHeaders.ReadTier(request, blob.Type);
            Start(blob, source, isSynchronous ? 0 : state.Options.OperationPolls);
            target.Put(blob);
            if (isSynchronous)
            {
                blob.Copy!.Work.GetAwaiter().GetResult();
                blob.Copy.Poll(state.Now);
            }

            return Reply(blob);
        }
    }

    public HttpResponseMessage Abort(BlobTarget target)
    {
        var request = target.Request;
        if (!string.Equals(request.Header("x-ms-copy-action"), "abort", StringComparison.OrdinalIgnoreCase))
        {
            throw request.Header("x-ms-copy-action") is { } action ? StorageException.InvalidHeader("x-ms-copy-action", action) : StorageException.MissingHeader("x-ms-copy-action");
        }

        lock (state.Gate)
        {
            var blob = target.Existing ?? throw StorageException.BlobNotFound();
            blob.Lease.CheckWrite(request.Header("x-ms-lease-id"), state.Now);
            if (blob.Copy is not { IsPending: true } copy)
            {
                throw StorageException.Conflict("NoPendingCopyOperation", "There is currently no pending copy operation.");
            }

            if (!string.Equals(copy.Id, request.QueryValue("copyid"), StringComparison.OrdinalIgnoreCase))
            {
                throw StorageException.Conflict("CopyIdMismatch", "The specified copy ID did not match the copy ID for the pending copy operation.");
            }

            // What an aborted copy leaves is empty, with all that describes it.
            copy.Stop?.Cancel();
            Task.WaitAny(copy.Work);
            copy.End(BlobCopy.Aborted, problem: null, state.Now);
            blob.Data.Resize(0);
            blob.Touch(state.Now);
            return StorageReply.Empty(HttpStatusCode.NoContent);
        }
    }

    public HttpResponseMessage CopyIncrementally(BlobTarget target)
    {
        var source = sources.Open(target);
        if (source.Blob is not PageBlob pages)
        {
            throw BlobTarget.WrongType();
        }

        if (pages.SnapshotTime is null)
        {
            throw StorageException.Conflict("IncrementalCopySourceMustBeSnapshot", "The source for incremental copy request must be a snapshot.");
        }

        lock (state.Gate)
        {
            CheckIncremental(target, source);
            var blob = new PageBlob(target.Name, state.Folder.Create(target.Name, source.Data.Length), state.Now)
            {
                IsIncrementalCopy = true,
                Metadata = new Dictionary<string, string>(pages.Metadata, StringComparer.OrdinalIgnoreCase),
                ContentHeaders = new Dictionary<string, string>(pages.ContentHeaders, StringComparer.OrdinalIgnoreCase),
            };
            blob.Data.CopyFrom(source.Data);
            blob.RestoreChanges(pages.Changes.Within(new PageRange(0, source.Data.Length)));
            var existing = target.Existing as PageBlob;
            target.Put(blob);
            blob.Generation = existing?.Generation ?? 0;
            Start(blob, source, polls: 0, copiesBytes: false);
            blob.Copy!.Poll(state.Now);
            blob.Copy.DestinationSnapshot = blobs.Take(blob, metadata: null).SnapshotTime;
            return Reply(blob);
        }
    }

    /// <summary>Those that have not ended. Used under the cloud's lock.</summary>
    private IEnumerable<BlobCopy> Pending => state.Accounts.Values.SelectMany(account => account.Containers.Values).SelectMany(container => container.Blobs.Values)
        .Select(blob => blob.Copy).OfType<BlobCopy>().Where(copy => copy.IsPending);

    /// <summary>Waits for the bytes that are on the move. Not called under the cloud's lock.</summary>
    public void WaitForBytes()
    {
        List<Task> copies;
        lock (state.Gate)
        {
            copies = [.. Pending.Select(copy => copy.Work)];
        }

        copies.ForEach(copy => Task.WaitAny(copy));
    }

    /// <summary>Brings all copies to their end.</summary>
    public void EndAll()
    {
        lock (state.Gate)
        {
            foreach (var copy in Pending)
            {
                copy.Finish(state.Now);
            }
        }
    }

    private static void CheckIncremental(BlobTarget target, CopySource source)
    {
        _ = target.Container;
        if (target.Existing is not { } existing)
        {
            return;
        }

        target.CheckWrite(existing);
        if (existing is not PageBlob { IsIncrementalCopy: true, Copy: { } before })
        {
            throw StorageException.Conflict("IncrementalCopyBlobMismatch", "The specified source blob is different than the copy source of the existing incremental copy blob.");
        }

        var question = before.Source.IndexOf('?');
        if (before.Source.Substring(0, question) != source.Address.GetLeftPart(UriPartial.Path))
        {
            throw StorageException.Conflict("IncrementalCopyBlobMismatch", "The specified source blob is different than the copy source of the existing incremental copy blob.");
        }

        if (string.CompareOrdinal(before.Source.Substring(question), "?snapshot=" + source.Snapshot) >= 0)
        {
            throw StorageException.Conflict("IncrementalCopyOfEarlierSnapshotNotAllowed", "The specified snapshot is earlier than the last snapshot copied into the incremental copy blob.");
        }
    }

    private static HttpResponseMessage Reply(StoredBlob blob)
        => StorageReply.Empty(HttpStatusCode.Accepted).WithVersion(blob).With("x-ms-copy-id", blob.Copy!.Id).With("x-ms-copy-status", blob.Copy.Status);

    private static void Start(StoredBlob blob, CopySource source, int polls, bool copiesBytes = true)
    {
        var stop = new CancellationTokenSource();
        var token = stop.Token;
        blob.Copy = new BlobCopy(source.PublicAddress, source.Data.Length, polls)
        {
            Stop = stop,
            Work = copiesBytes ? Task.Run(() => blob.Data.CopyFrom(source.Data, token), token) : Task.CompletedTask,
        };
    }

    private StoredBlob NewBlob(string name, CopySource source)
    {
        var data = state.Folder.Create(name, source.Data.Length);
        return source.Blob switch
        {
            PageBlob pages => new PageBlob(name, data, state.Now) { SequenceNumber = pages.SequenceNumber },
            AppendBlob appended => new AppendBlob(name, data, state.Now) { BlockCount = appended.BlockCount },
            BlockBlob blocks => new BlockBlob(name, data, state.Now) { Blocks = blocks.Blocks },
            _ => throw BlobTarget.WrongType(),
        };
    }
}
