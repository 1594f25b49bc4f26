using System.Buffers.Binary;
using System.Globalization;
using AzImageTools.Disks.Volumes.Ntfs.Compression;

namespace AzImageTools.Disks.Volumes.Ntfs;

/// <summary>
/// The reparse point of a file whose content the Windows Overlay Filter provides ([MS-FSCC] 2.1.2.1 and wofapi.h,
/// WOF_EXTERNAL_INFO, FILE_PROVIDER_EXTERNAL_INFO_V1).
/// </summary>
/// <param name="Provider">Where the content comes from: 1 for a WIM archive, 2 for the file itself.</param>
/// <param name="Algorithm">How the file itself holds it.</param>
internal sealed record WofReparsePoint(uint Provider, uint Algorithm)
{
    /// <summary>The bytes of one whose provider is the file itself.</summary>
    public const int Size = HeaderSize + 16;

    public const string Rule = "WOF_EXTERNAL_INFO";

    private const int HeaderSize = 8;
    private const uint WimProvider = 1;
    private const uint FileProvider = 2;
    private const uint LzxAlgorithm = 1;

    /// <summary>The content's bytes that are compressed together.</summary>
    public int ChunkSize => Algorithm switch
    {
        0 => 4096,
        LzxAlgorithm => LzxDecoder.ChunkSize,
        2 => 8192,
        3 => 16384,
        _ => 0,
    };

    public bool IsSupported => Provider == FileProvider && ChunkSize > 0;

    /// <summary>A decoder of the content's chunks.</summary>
    public IChunkDecoder CreateDecoder() => Algorithm == LzxAlgorithm ? new LzxDecoder() : new XpressHuffmanDecoder();

    /// <summary>Reads a reparse point; null where it is too short or of a version that is not known.</summary>
    public static WofReparsePoint? TryParse(ReadOnlySpan<byte> bytes)
    {
        const uint KnownVersion = 1;
        if (bytes.Length < Size)
        {
            return null;
        }

        // Each part has its version first.
        bool isKnown = BinaryPrimitives.ReadUInt32LittleEndian(bytes.Slice(HeaderSize)) == KnownVersion;
        uint provider = BinaryPrimitives.ReadUInt32LittleEndian(bytes.Slice(HeaderSize + 4));
        isKnown &= provider != FileProvider || BinaryPrimitives.ReadUInt32LittleEndian(bytes.Slice(HeaderSize + 8)) == KnownVersion;
        return isKnown ? new WofReparsePoint(provider, BinaryPrimitives.ReadUInt32LittleEndian(bytes.Slice(HeaderSize + 12))) : null;
    }

    /// <summary>How the content is stored, for messages that begin with the file's name.</summary>
    public override string ToString() => (Provider, Algorithm) switch
    {
        (WimProvider, _) => "is kept in a WIM archive (WOF)",
        (FileProvider, LzxAlgorithm) => "is compressed with LZX (WOF)",
        (FileProvider, _) when ChunkSize > 0 => string.Format(CultureInfo.InvariantCulture, "is compressed with XPRESS{0}K (WOF)", ChunkSize / 1024),
        (FileProvider, _) => string.Format(CultureInfo.InvariantCulture, "is compressed with method {0} (WOF)", Algorithm),
        _ => string.Format(CultureInfo.InvariantCulture, "is kept by provider {0} (WOF)", Provider),
    };
}
