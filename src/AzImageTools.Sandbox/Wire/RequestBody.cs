using System.Buffers;
using System.Net.Http.Headers;

namespace AzImageTools.Sandbox.Wire;

/// <summary>A request's body in a pooled buffer. A body past the limit is not kept, only known to be too large.</summary>
internal sealed class RequestBody : IDisposable
{
    /// <summary>256 MiB: what the storage clients send in one request at most. Azure takes more in Put Blob and Put Block.</summary>
    public const int Limit = 256 << 20;

    /// <summary>4 MiB: what Resource Manager, Put Page and Append Block take.</summary>
    public const int SmallLimit = 4 << 20;

    private const int FirstSize = 64 << 10;

    private byte[] _buffer = [];

    public bool IsTooLarge { get; private set; }

    /// <summary>In bytes.</summary>
    public int Length { get; private set; }

    /// <summary>The bytes, of which the first <see cref="Length"/> count.</summary>
    public byte[] Buffer => _buffer;

    public ReadOnlySpan<byte> Span => _buffer.AsSpan(0, Length);

    public static async Task<RequestBody> ReadAsync(HttpContent? content, CancellationToken cancellation)
    {
        var body = new RequestBody();
        if (content is not null && body.Prepare(content.Headers))
        {
            using var sink = new BodySink(body);
#if NET
            await content.CopyToAsync(sink, cancellation).ConfigureAwait(false);
#else
            cancellation.ThrowIfCancellationRequested();
            await content.CopyToAsync(sink).ConfigureAwait(false);
#endif
        }

        return body;
    }

#if NET
    public static RequestBody Read(HttpContent? content, CancellationToken cancellation)
    {
        var body = new RequestBody();
        if (content is not null && body.Prepare(content.Headers))
        {
            using var sink = new BodySink(body);
            content.CopyTo(sink, context: null, cancellation);
        }

        return body;
    }
#endif

    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (IsTooLarge || bytes.Length > Limit - Length)
        {
            IsTooLarge = true;
            return;
        }

        if (bytes.Length > _buffer.Length - Length)
        {
            Grow(Math.Min(Limit, Math.Max(Length + bytes.Length, Math.Max(FirstSize, _buffer.Length * 2))));
        }

        bytes.CopyTo(_buffer.AsSpan(Length));
        Length += bytes.Length;
    }

    public void Dispose()
    {
        Return();
        _buffer = [];
        Length = 0;
    }

    private bool Prepare(HttpContentHeaders headers)
    {
        var announced = headers.ContentLength ?? 0;
        IsTooLarge = announced > Limit;
        if (announced > 0 && !IsTooLarge)
        {
            Grow((int)announced);
        }

        return !IsTooLarge;
    }

    private void Grow(int size)
    {
        var larger = ArrayPool<byte>.Shared.Rent(size);
        Span.CopyTo(larger);
        Return();
        _buffer = larger;
    }

    private void Return()
    {
        if (_buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
        }
    }
}

/// <summary>The stream that a request's content is written to.</summary>
internal sealed class BodySink(RequestBody body) : Stream
{
    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Write(byte[] buffer, int offset, int count) => body.Append(buffer.AsSpan(offset, count));

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        body.Append(buffer.AsSpan(offset, count));
        return Task.CompletedTask;
    }

#if NET
    public override void Write(ReadOnlySpan<byte> buffer) => body.Append(buffer);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        body.Append(buffer.Span);
        return default;
    }
#endif

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
