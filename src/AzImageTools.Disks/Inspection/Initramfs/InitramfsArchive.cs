using System.IO.Compression;
using ZstdSharp;

namespace AzImageTools.Disks.Inspection.Initramfs;

/// <summary>
/// The files in a Linux initramfs, by name (Linux kernel, Documentation/driver-api/early-userspace/buffer-format.rst): cpio
/// archives one behind the other, such as processor microcode and then the system itself, the last of which may be compressed.
/// </summary>
public static class InitramfsArchive
{
    /// <summary>The paths of the files and folders, lazily, in the archives' order.</summary>
    /// <param name="content">The initramfs: seekable, and open as long as names are enumerated.</param>
    /// <param name="name">What to call it in messages.</param>
    /// <exception cref="DiskFormatException">It is damaged, too large, or compressed in a way that is not read; the message says which.</exception>
    public static IEnumerable<string> EnumerateNames(Stream content, string name)
    {
        if (content is null)
        {
            throw new ArgumentNullException(nameof(content));
        }

        return Enumerate(new CpioReader(content, name), content, name);
    }

    private static IEnumerable<string> Enumerate(CpioReader archive, Stream content, string name)
    {
        while (archive.SkipZeros())
        {
            if (archive.IsAtEntry)
            {
                if (archive.ReadEntry() is { } entry)
                {
                    yield return entry;
                }

                continue;
            }

            long start = archive.Position;
            using Stream unpacked = Decompress(archive, content, name);
            CpioReader inner = new(unpacked, FormattableString.Invariant($"{name}, unpacked from byte {start} on"), (content as ReadOnlyStream)?.Budget);
            while (inner.SkipZeros())
            {
                if (inner.ReadEntry() is { } entry)
                {
                    yield return entry;
                }
            }

            yield break;
        }
    }

    private static Stream Decompress(CpioReader archive, Stream content, string name)
    {
        const int SignatureSize = 6;
        ReadOnlySpan<byte> signature = archive.Peek(SignatureSize);
        content.Position = archive.Position;
        if (signature.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B]))
        {
            return new GZipStream(content, CompressionMode.Decompress, leaveOpen: true);
        }

        if (signature.StartsWith((ReadOnlySpan<byte>)[0x28, 0xB5, 0x2F, 0xFD]))
        {
            return new DecompressionStream(content, leaveOpen: true);
        }

        if (signature.StartsWith((ReadOnlySpan<byte>)[0x02, 0x21, 0x4C, 0x18]))
        {
            return new Lz4LegacyStream(content);
        }

        if (signature.StartsWith((ReadOnlySpan<byte>)[0xFD, 0x37, 0x7A, 0x58, 0x5A]))
        {
            return new XzStream(content);
        }

        if (signature.StartsWith((ReadOnlySpan<byte>)[0x5D, 0x00, 0x00]))
        {
            return new LzmaStream(content);
        }

        string? compression = signature.StartsWith("BZh"u8) ? "bzip2"
            : signature.StartsWith((ReadOnlySpan<byte>)[0x89, 0x4C, 0x5A, 0x4F]) ? "LZO"
            : null;
        throw new DiskFormatException(
            name,
            archive.Position,
            compression is null ? "What is there is neither a cpio archive nor compressed in a known way." : $"It is compressed with {compression}, which is not read.",
            CpioReader.Rule);
    }
}
