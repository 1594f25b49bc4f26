#if !NET
using System.Buffers;
#endif
using System.Collections.Concurrent;
using System.IO.Compression;
using ZstdSharp;
using ZstdSharp.Unsafe;

namespace AzImageTools.Disks.Containers.Mapping;

/// <summary>
/// Decompresses a cluster of an image. No more than the destination takes is ever made, whatever the compressed data says,
/// and no memory is taken that would depend on it. Thread-safe.
/// </summary>
internal static class Decompressor
{
    /// <summary>How many bytes one byte of Deflate data stands for at most (zlib Technical Details, "Maximum Compression Factor").</summary>
    public const int LargestDeflateRatio = 1032;

    /// <summary>How many bytes one byte of a Zstandard frame stands for at most: a block of 128 KiB that repeats one byte has 4 (RFC 8878, 3.1.1.2).</summary>
    public const int LargestZstandardRatio = 32 * 1024;

    /// <summary>The bytes of a Zstandard frame before its first block's content: its magic number, header and the block's header, at their shortest.</summary>
    public const int ZstandardFrameSize = 9;

    // As many as threads ever decompressed at once. Each keeps its tables, of about 160 KiB.
    private static readonly ConcurrentBag<ZstdSharp.Decompressor> Pool = [];

    /// <summary>Decompresses raw Deflate data (RFC 1951).</summary>
    /// <param name="source">The data; bytes that follow its end are ignored.</param>
    /// <param name="destination">Filled from its beginning.</param>
    /// <returns>How many bytes were made; -1 where the data is damaged.</returns>
    public static int Inflate(ArraySegment<byte> source, Span<byte> destination)
    {
        using MemoryStream input = new(source.Array!, source.Offset, source.Count, writable: false);
        using DeflateStream deflate = new(input, CompressionMode.Decompress);
        return ReadAll(deflate, destination);
    }

    /// <summary>Decompresses zlib data (RFC 1950). Its checksum is verified where the framework does so, which .NET Framework does not.</summary>
    /// <inheritdoc cref="Inflate"/>
    public static int InflateZlib(ArraySegment<byte> source, Span<byte> destination)
    {
#if NET
        using MemoryStream input = new(source.Array!, source.Offset, source.Count, writable: false);
        using ZLibStream content = new(input, CompressionMode.Decompress);
#else
        const int HeaderSize = 2;
        const int Deflate = 8;
        if (source.Count < HeaderSize)
        {
            return -1;
        }

        int header = (source.Array![source.Offset] << 8) | source.Array[source.Offset + 1];
        if (((header >> 8) & 0xF) != Deflate || header % 31 != 0 || (header & 0x20) != 0)
        {
            return -1;
        }

        using MemoryStream input = new(source.Array, source.Offset + HeaderSize, source.Count - HeaderSize, writable: false);
        using DeflateStream content = new(input, CompressionMode.Decompress);
#endif
        int count = ReadAll(content, destination);
        try
        {
            // The checksum is looked at when the end is reached; there must be no more data before it.
            return count == destination.Length && content.ReadByte() >= 0 ? -1 : count;
        }
        catch (InvalidDataException)
        {
            return -1;
        }
    }

    /// <summary>Decompresses a Zstandard frame (RFC 8878).</summary>
    /// <inheritdoc cref="Inflate"/>
    public static unsafe int InflateZstd(ArraySegment<byte> source, Span<byte> destination)
    {
        int frame;
        fixed (byte* start = source.AsSpan())
        {
            nuint size = Methods.ZSTD_findFrameCompressedSize(start, (nuint)source.Count);
            if (Methods.ZSTD_isError(size) || size > (nuint)source.Count)
            {
                return -1;
            }

            frame = (int)size;
        }

        if (!Pool.TryTake(out ZstdSharp.Decompressor? decompressor))
        {
            decompressor = new ZstdSharp.Decompressor();
        }

        try
        {
            return decompressor.Unwrap(source.AsSpan(0, frame), destination);
        }
        catch (ZstdException)
        {
            return -1;
        }
        finally
        {
            Pool.Add(decompressor);
        }
    }

    private static int ReadAll(Stream stream, Span<byte> destination)
    {
        try
        {
#if NET
            return stream.ReadAtLeast(destination, destination.Length, throwOnEndOfStream: false);
#else
            byte[] buffer = ArrayPool<byte>.Shared.Rent(destination.Length);
            try
            {
                int done = 0;
                int count;
                while (done < destination.Length && (count = stream.Read(buffer, done, destination.Length - done)) > 0)
                {
                    done += count;
                }

                buffer.AsSpan(0, done).CopyTo(destination);
                return done;
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
#endif
        }
        catch (InvalidDataException)
        {
            return -1;
        }
    }
}
