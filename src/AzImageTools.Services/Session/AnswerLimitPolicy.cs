using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Xml;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;

namespace AzImageTools.Services.Session;

/// <summary>
/// Bounds what is read of an answer, whoever gives it: next to the transport, so that nothing above gathers more. An error whose
/// body is longer, or not what its type says, is told by its status and headers alone.
/// </summary>
/// <param name="longestTime">How long an answer's body may take in all: the SDK only bounds the time between two of its pieces.</param>
internal sealed class AnswerLimitPolicy(TimeSpan longestTime) : HttpPipelinePolicy
{
    /// <summary>The most of an error's body that is read, in bytes: Azure's have a few kilobytes.</summary>
    public const int LongestError = 64 * 1024;

    /// <summary>The most of an answer that is gathered in memory, in bytes: the longest list of Resource Manager has a few MiB.</summary>
    public const int LongestAnswer = 32 << 20;

    private const int FirstStatusWithoutAnswer = 300;

    /// <summary>What stands for an error body that can't be read: the storage client throws what its parser throws at anything else.</summary>
    private const string NoXml = "<?xml version=\"1.0\" encoding=\"utf-8\"?><Error></Error>";

    /// <summary>The policy. It has no state. The largest answer asked for, 4 MiB of pages, comes in ten minutes at 7 kB/s.</summary>
    public static AnswerLimitPolicy Instance { get; } = new(TimeSpan.FromMinutes(10));

    public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
        => ProcessAsync(message, pipeline).AsTask().GetAwaiter().GetResult();

    public override async ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
    {
        await ProcessNextAsync(message, pipeline).ConfigureAwait(false);
        if (message.Response.ContentStream is not { } stream)
        {
            return;
        }

        if (message.Response.Status >= FirstStatusWithoutAnswer)
        {
            byte[] body = await ReadErrorAsync(stream, message.CancellationToken).ConfigureAwait(false);
            message.Response.ContentStream = new MemoryStream(Readable(body, message.Response));
        }
        else
        {
            message.Response.ContentStream = new LimitedStream(stream, message.Response.Status, message.BufferResponse ? LongestAnswer : long.MaxValue, longestTime);
        }
    }

    private static async Task<byte[]> ReadErrorAsync(Stream stream, CancellationToken cancellation)
    {
        using Stream answer = stream;
        using MemoryStream body = new();
        byte[] buffer = new byte[16 * 1024];
        int count;
#if NET
        while ((count = await answer.ReadAsync(buffer.AsMemory(), cancellation).ConfigureAwait(false)) > 0)
#else
        while ((count = await answer.ReadAsync(buffer, 0, buffer.Length, cancellation).ConfigureAwait(false)) > 0)
#endif
        {
            if (body.Length + count > LongestError)
            {
                body.SetLength(0);
                break;
            }

            body.Write(buffer, 0, count);
        }

        return body.ToArray();
    }

    private static byte[] Readable(byte[] body, Response response)
    {
        string type = response.Headers.ContentType ?? string.Empty;
        return type.IndexOf("xml", StringComparison.OrdinalIgnoreCase) >= 0 && !IsXml(body) ? Encoding.UTF8.GetBytes(NoXml)
            : type.IndexOf("json", StringComparison.OrdinalIgnoreCase) >= 0 && !IsJsonError(body) ? JsonError(response)
            : body;
    }

    private static bool IsXml(byte[] body)
    {
        try
        {
            using XmlReader xml = XmlReader.Create(new MemoryStream(body), new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null });
            while (xml.Read())
            {
                // To its end.
            }

            return true;
        }
        catch (XmlException)
        {
            return false;
        }
    }

    /// <summary>Whether a body is an error as Azure's REST guidelines have it, with a code and a message, with these at its top as some services do, or as OAuth has it (RFC 6749, 5.2).</summary>
    private static bool IsJsonError(byte[] body)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(body);
            JsonElement root = document.RootElement;
            return root.ValueKind == JsonValueKind.Object && (HasText(root, "code") || HasText(root, "error")
                || (root.TryGetProperty("error", out JsonElement error) && error.ValueKind == JsonValueKind.Object && HasText(error, "code") && HasText(error, "message")));
        }
        catch (JsonException)
        {
            return false;
        }

        static bool HasText(JsonElement parent, string name) => parent.TryGetProperty(name, out JsonElement text) && text.ValueKind == JsonValueKind.String;
    }

    private static byte[] JsonError(Response response)
    {
        response.Headers.TryGetValue("x-ms-error-code", out string? code);
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream))
        {
            json.WriteStartObject();
            json.WriteStartObject("error");
            json.WriteString("code", code);
            json.WriteString("message", response.ReasonPhrase);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return stream.ToArray();
    }

    /// <summary>Ends in an error where more is read than may be gathered, or for longer than any answer takes.</summary>
    private sealed class LimitedStream(Stream inner, int status, long longest, TimeSpan longestTime) : Stream
    {
        private readonly Stopwatch _time = Stopwatch.StartNew();
        private long _read;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) => Count(inner.Read(buffer, offset, count));

        public override async Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
#if NET
            => Count(await inner.ReadAsync(buffer.AsMemory(offset, count), cancellationToken).ConfigureAwait(false));

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
            => Count(await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false));
#else
            => Count(await inner.ReadAsync(buffer, offset, count, cancellationToken).ConfigureAwait(false));
#endif

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                inner.Dispose();
            }

            base.Dispose(disposing);
        }

        private int Count(int count)
        {
            _read += count;
            return _read > longest ? throw Refused($"is longer than {longest >> 20} MiB")
                : _time.Elapsed > longestTime ? throw Refused($"has not ended after {longestTime.TotalMinutes:0} minutes")
                : count;
        }

        private RequestFailedException Refused(string why) => new(status, $"The answer {why}.", "InvalidAnswer", innerException: null);
    }
}
