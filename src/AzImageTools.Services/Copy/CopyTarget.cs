using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using AzImageTools.Disks;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using AzImageTools.Services.Upload.Source;
using AzImageTools.Services.Upload.Target;
using Azure;
using Azure.Storage.Blobs.Models;

namespace AzImageTools.Services.Copy;

/// <summary>
/// The page blob that is copied to. While it is incomplete it carries of what it is a copy, as a digest: so any machine goes on with it, and
/// what it holds already its page ranges tell.
/// </summary>
internal sealed class CopyTarget
{
    /// <summary>The metadata of a blob that is not a whole copy yet: of what, and in which state.</summary>
    private const string SourceName = "azimagetoolscopy";

    private const int Conflict = 409;

    private readonly UploadBlob _blob;
    private readonly string _digest;
    private readonly long _length;

    private CopyTarget(UploadBlob blob, string digest, long length, bool isBegun, bool replaces)
    {
        _blob = blob;
        _digest = digest;
        _length = length;
        IsBegun = isBegun;
        Replaces = replaces;
    }

    /// <summary>The blob.</summary>
    public UploadBlob Blob => _blob;

    /// <summary>Whether an interrupted copy of the same is there.</summary>
    public bool IsBegun { get; }

    /// <summary>Whether a blob that is there goes.</summary>
    public bool Replaces { get; }

    /// <summary>The lease while it is written: the same for all who copy the same there, so that who follows a killed run need not wait for its end.</summary>
    public Guid LeaseId => LeaseOf(_digest);

    /// <summary>The lease that may be held on a copy; an empty one where nobody is at it any more.</summary>
    /// <param name="found">The blob's properties.</param>
    public static Guid LeaseOf(BlobProperties found)
        => found.Metadata.TryGetValue(SourceName, out string? digest) && digest is { Length: 64 } && digest.All(Uri.IsHexDigit) ? LeaseOf(digest) : Guid.Empty;

    /// <summary>Finds out, reading only, what is there.</summary>
    /// <param name="blob">The blob.</param>
    /// <param name="source">What is copied.</param>
    /// <param name="length">How many bytes the blob gets.</param>
    /// <param name="request">What is wanted of what is there.</param>
    /// <param name="context">Cancellation.</param>
    /// <exception cref="ImageServiceException">Something else is there (BlobAlreadyExists), or it can't be seen.</exception>
    public static async Task<CopyTarget> FindAsync(UploadBlob blob, SourceIdentity source, long length, CopyRequest request, OperationContext context)
    {
        string digest = DigestOf(source, blob.Uri);
        BlobProperties? found = await AzureErrors.CallAsync($"Looking for the {blob.Description}", blob.Uri, () => blob.FindAsync(context.Cancellation)).ConfigureAwait(false);
        bool isOwn = found is not null && found.Metadata.TryGetValue(SourceName, out string? other) && other == digest && found.ContentLength == length;
        if (isOwn && !request.Restart)
        {
            return new CopyTarget(blob, digest, length, isBegun: true, replaces: false);
        }

        if (found is not null && !isOwn && !((BlobDestination)request.Destination).Blob.Force)
        {
            ImageServiceException refusal = new(
                "BlobAlreadyExists", ErrorKind.AlreadyExists, $"There is a blob at {blob.Uri.AbsoluteUri} already.", "Use -Force to overwrite it without being asked, or another name.", blob.Uri);
            if (request.AskToReplace is not { } ask || !await ask(refusal).ConfigureAwait(false))
            {
                throw refusal;
            }
        }

        return new CopyTarget(blob, digest, length, isBegun: false, replaces: found is not null);
    }

    /// <summary>Creates it, empty.</summary>
    public Task CreateAsync(StepRun run)
        => AzureErrors.CallAsync($"Creating the {_blob.Description}", _blob.Uri, async () =>
        {
            try
            {
                PageBlobCreateOptions options = new()
                {
                    Conditions = Replaces ? null : new PageBlobRequestConditions { IfNoneMatch = ETag.All },
                    Metadata = new Dictionary<string, string>(StringComparer.Ordinal) { [UploadBlob.RunName] = run.RunId, [SourceName] = _digest },
                };
                await _blob.Client.CreateAsync(_length, options, run.Cancellation).ConfigureAwait(false);
            }
            catch (RequestFailedException exception) when (exception.Status == Conflict)
            {
                // A try whose answer was lost may have created it.
                if (await _blob.FindAsync(run.Cancellation).ConfigureAwait(false) is not { } found || !UploadBlob.CarriesRun(found, run.RunId))
                {
                    throw;
                }
            }
        });

    /// <summary>Deletes it, if this run created it.</summary>
    public Task<bool> RemoveAsync(StepRun run)
        => AzureErrors.CallAsync($"Deleting the incomplete {_blob.Description}", _blob.Uri, () => _blob.DeleteOwnAsync(run.RunId, LeaseId, run.Cancellation));

    /// <summary>Notes that it is whole.</summary>
    /// <param name="leaseId">The lease that is held on it.</param>
    /// <param name="run">The run.</param>
    public Task<Response<BlobInfo>> CompleteAsync(string leaseId, StepRun run)
        => AzureErrors.CallAsync($"Noting the end of the copy on the {_blob.Description}", _blob.Uri, () => _blob.Client.SetMetadataAsync(
            new Dictionary<string, string>(StringComparer.Ordinal) { [UploadBlob.RunName] = run.RunId }, new BlobRequestConditions { LeaseId = leaseId }, run.Cancellation));

    private static Guid LeaseOf(string digest) => new(digest.Substring(0, 32));

    private static string DigestOf(SourceIdentity source, Uri target)
    {
        string text = FormattableString.Invariant($"{source.Path}\n{source.Capacity}\n{source.Files[0].Path}\n{source.Files[0].Length}\n{source.Files[0].LastWriteTime.UtcTicks}\n{target.AbsoluteUri}").ToUpperInvariant();
        byte[] bytes = Encoding.UTF8.GetBytes(text);
#if NET
        byte[] digest = SHA256.HashData(bytes);
#else
        using SHA256 hash = SHA256.Create();
        byte[] digest = hash.ComputeHash(bytes);
#endif
        return string.Concat(digest.Select(static part => part.ToString("x2", CultureInfo.InvariantCulture)));
    }
}
