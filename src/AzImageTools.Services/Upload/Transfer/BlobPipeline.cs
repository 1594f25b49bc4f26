using Azure.Core.Pipeline;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Specialized;

namespace AzImageTools.Services.Upload.Transfer;

/// <summary>Gives out the pipeline that a blob's client sends its requests through: its credential, retries and transport.</summary>
internal sealed class BlobPipeline : BlobServiceClient
{
    private BlobPipeline()
    {
    }

    /// <summary>The client's pipeline.</summary>
    public static HttpPipeline Of(PageBlobClient blob) => GetHttpPipeline(blob.GetParentBlobContainerClient().GetParentBlobServiceClient());
}
