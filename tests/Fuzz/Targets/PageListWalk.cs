using AzImageTools.Fuzz.Images;
using AzImageTools.Services.Session;
using AzImageTools.Services.Upload.Transfer;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Storage.Blobs.Specialized;

namespace AzImageTools.Fuzz.Targets;

/// <summary>What is made of a server's list of pages.</summary>
internal static class PageListWalk
{
    private const long BlobLength = 1L << 40;

    private static readonly Uri Blob = new("https://account.blob.core.windows.net/c/b?sig=x");

    public static bool Read(MutableImage image, ReadWatch watch)
    {
        StorageClients clients = new(new MadeTransport(image, watch), TimeProvider.System, CloudEnvironment.AzureCloud, credential: null);
        PageBlobClient blob = clients.PageBlobWithSas(Blob);
        try
        {
            // The answers are at hand, so that all of it runs here.
            PageRangeList held = PageRangeReader.ReadAsync(blob, BlobLength, watch.Token).GetAwaiter().GetResult();
            if (held.Ranges.Any(static range => !range.LiesWithin(BlobLength)))
            {
                throw new InvalidOperationException("A range lies outside the blob.");
            }

            return true;
        }
        catch (RequestFailedException)
        {
            // The answer to a list that can't be.
            return false;
        }
    }

    /// <summary>Answers each request with the image.</summary>
    private sealed class MadeTransport(MutableImage image, ReadWatch watch) : HttpPipelineTransport
    {
        private static readonly HttpClientTransport Requests = new();

        public override Request CreateRequest() => Requests.CreateRequest();

        public override void Process(HttpMessage message)
        {
            watch.Count();
            message.CancellationToken.ThrowIfCancellationRequested();
            message.Response = new MadeResponse(new ImageStream(image));
        }

        public override ValueTask ProcessAsync(HttpMessage message)
        {
            Process(message);
            return default;
        }
    }

    private sealed class MadeResponse(Stream content) : Response
    {
        public override int Status => 200;

        public override string ReasonPhrase => "OK";

        public override Stream? ContentStream { get; set; } = content;

        public override string ClientRequestId { get; set; } = "made";

        public override void Dispose() => ContentStream?.Dispose();

        protected override bool ContainsHeader(string name) => false;

        protected override IEnumerable<HttpHeader> EnumerateHeaders() => [];

        protected override bool TryGetHeader(string name, out string value)
        {
            value = string.Empty;
            return false;
        }

        protected override bool TryGetHeaderValues(string name, out IEnumerable<string> values)
        {
            values = [];
            return false;
        }
    }
}
