using System.Net;

namespace AzImageTools.Services.Tests.Upload;

/// <summary>Stands before a service, and breaks the connection in the middle of the bodies of some answers.</summary>
/// <param name="inner">The service.</param>
/// <param name="isMeant">Which answers.</param>
/// <param name="times">How many of them.</param>
internal sealed class BreakingHandler(HttpMessageHandler inner, Func<HttpRequestMessage, bool> isMeant, int times) : DelegatingHandler(inner)
{
    private int _left = times;

    /// <summary>What was asked for, of the requests that were meant: the range and whether a condition came with it.</summary>
    public List<(string Range, bool IsConditional)> Asked { get; } = [];

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        bool meant = isMeant(request);
        if (meant)
        {
            bool conditional = request.Headers.IfMatch.Count + request.Headers.IfNoneMatch.Count > 0
                || request.Headers.IfModifiedSince is not null || request.Headers.IfUnmodifiedSince is not null;
            lock (Asked)
            {
                Asked.Add((string.Join(',', request.Headers.TryGetValues("x-ms-range", out IEnumerable<string>? range) ? range : request.Headers.GetValues("Range")), conditional));
            }
        }

        HttpResponseMessage response = await base.SendAsync(request, cancellationToken);
        if (meant && response.StatusCode == HttpStatusCode.PartialContent && Interlocked.Decrement(ref _left) >= 0)
        {
            byte[] body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
            StreamContent broken = new(new BrokenStream(body.AsSpan(0, body.Length / 2).ToArray()));
            foreach (KeyValuePair<string, IEnumerable<string>> header in response.Content.Headers)
            {
                broken.Headers.TryAddWithoutValidation(header.Key, header.Value);
            }

            response.Content = broken;
        }

        return response;
    }

    private sealed class BrokenStream(byte[] bytes) : MemoryStream(bytes)
    {
        public override int Read(byte[] buffer, int offset, int count) => Checked(base.Read(buffer, offset, count));

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
            => new(Checked(base.Read(buffer.Span)));

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => Task.FromResult(Read(buffer, offset, count));

        private static int Checked(int count) => count > 0 ? count : throw new IOException("Connection reset by peer");
    }
}
