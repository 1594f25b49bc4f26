using System.Buffers.Binary;
using AzImageTools.Disks;
using AzImageTools.Services.Download.Source;
using AzImageTools.Services.Session;
using AzImageTools.Services.Upload.Transfer;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Storage.Blobs.Specialized;

namespace AzImageTools.Services.Copy;

/// <summary>Has the service of a page blob copy ranges from another one (REST reference, Put Page From URL: at most 4 MiB each). Thread-safe.</summary>
/// <param name="target">The blob that is written.</param>
/// <param name="leaseId">The lease that is held on it.</param>
/// <param name="source">What is read.</param>
/// <param name="sourceTag">What the source has to be still; null where it takes no conditions.</param>
/// <param name="context">Cancellation and clock.</param>
/// <param name="observers">Told of retries.</param>
internal sealed class PageCopier(PageBlobClient target, string leaseId, DownloadOrigin source, string? sourceTag, OperationContext context, params IRetryObserver[] observers) : IRetryObserver
{
    private const int Created = 201;
    private const string SourceConditionNotMet = "SourceConditionNotMet";

    /// <summary>What the service answers where it can't read the source: its signature may have ended.</summary>
    private const string SourceRefused = "CannotVerifyCopySource";

    private readonly HttpPipeline _pipeline = BlobPipeline.Of(target);
    private readonly Uri _pages = new UriBuilder(target.Uri) { Query = $"comp=page&{target.Uri.Query.TrimStart('?')}".TrimEnd('&') }.Uri;

    /// <summary>Copies a range.</summary>
    /// <returns>The CRC-64/NVME of its bytes, as the service tells it; null where it tells none.</returns>
    /// <exception cref="ImageServiceException">The service refused, can't read the source, or could not be reached; the source has changed (SourceChanged).</exception>
    public async Task<ulong?> CopyAsync(DiskExtent range, CancellationToken cancellation)
    {
        CopyAddress? refused = null;
        while (true)
        {
            CopyAddress address = await source.SignAsync(refused, context).ConfigureAwait(false);
            try
            {
                using HttpMessage message = CreateMessage(range, address);
                await _pipeline.SendAsync(message, cancellation).ConfigureAwait(false);
                return message.Response.Status == Created ? ReadSum(message.Response) : throw new RequestFailedException(message.Response);
            }
            catch (RequestFailedException exception) when (exception.ErrorCode == SourceConditionNotMet)
            {
                throw Changed(exception);
            }
            catch (RequestFailedException exception) when (exception.ErrorCode == SourceRefused && refused is null)
            {
                refused = address;
                Retrying(exception.Status, TimeSpan.Zero);
            }
            catch (Exception exception) when (AzureErrors.IsFromService(exception))
            {
                throw AzureErrors.Translate(exception, $"Copying {range.Length} bytes at byte {range.Offset}", SecretText.WithoutQuery(target.Uri));
            }
        }
    }

    /// <inheritdoc/>
    public void Retrying(int status, TimeSpan delay)
    {
        foreach (IRetryObserver observer in observers)
        {
            observer.Retrying(status, delay);
        }
    }

    private static ulong? ReadSum(Response response)
    {
        if (!response.Headers.TryGetValue(PageWriter.ChecksumHeader, out string? text))
        {
            return null;
        }

        byte[] bytes = Convert.FromBase64String(text);
        return bytes.Length == sizeof(ulong) ? BinaryPrimitives.ReadUInt64LittleEndian(bytes) : throw new FormatException();
    }

    private HttpMessage CreateMessage(DiskExtent range, CopyAddress address)
    {
        HttpMessage message = BlobPipeline.CreateMessage(_pipeline, RequestMethod.Put, _pages);
        message.SetProperty(ServiceRetryPolicy.ObserverProperty, this);
        message.Request.Headers.Add("x-ms-page-write", "update");
        message.Request.Headers.Add("x-ms-range", BlobPipeline.RangeOf(range));
        message.Request.Headers.Add("x-ms-source-range", BlobPipeline.RangeOf(range));
        message.Request.Headers.Add("x-ms-copy-source", address.Address.AbsoluteUri);
        message.Request.Headers.Add("x-ms-lease-id", leaseId);
        message.Request.Content = RequestContent.Create(Array.Empty<byte>());
        if (address.Token is not null)
        {
            message.Request.Headers.Add("x-ms-copy-source-authorization", $"Bearer {address.Token}");
        }

        if (sourceTag is not null)
        {
            message.Request.Headers.Add("x-ms-source-if-match", sourceTag);
        }

        return message;
    }

    private ImageServiceException Changed(Exception cause)
        => new(
            "SourceChanged",
            ErrorKind.InvalidState,
            $"The {source.Description} has changed while it was copied: what was copied is not of one moment.",
            "See that nothing writes to it (a snapshot stays as it is); then run the command again, which starts over.",
            source.Id,
            cause);
}
