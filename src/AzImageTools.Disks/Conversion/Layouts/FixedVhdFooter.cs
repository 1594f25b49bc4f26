using AzImageTools.Disks.Containers.Vhd;

namespace AzImageTools.Disks.Conversion.Layouts;

/// <summary>The footer that ends a fixed VHD, as it is, whoever wrote it.</summary>
public sealed class FixedVhdFooter
{
    /// <summary>Its length in bytes.</summary>
    public const int Size = Footer.Size;

    private readonly byte[] _bytes;

    private FixedVhdFooter(byte[] bytes, Footer footer)
    {
        _bytes = bytes;
        Capacity = footer.CurrentSize;
        Id = footer.UniqueId;
        Created = footer.TimeStamp;
    }

    /// <summary>The disk's capacity in bytes.</summary>
    public long Capacity { get; }

    /// <summary>What names the disk.</summary>
    public Guid Id { get; }

    /// <summary>When the VHD was made.</summary>
    public DateTimeOffset Created { get; }

    /// <summary>Its bytes.</summary>
    public ReadOnlyMemory<byte> Bytes => _bytes;

    /// <summary>Parses the last bytes of what should be a fixed VHD.</summary>
    /// <param name="bytes">Its last 512 bytes.</param>
    /// <param name="name">What it is called, for messages.</param>
    /// <param name="length">How many bytes the whole has.</param>
    /// <exception cref="DiskFormatException">It is no fixed VHD of that length.</exception>
    public static FixedVhdFooter Parse(ReadOnlySpan<byte> bytes, string name, long length)
    {
        const string Rule = "VHD specification 1.0, Hard Disk Footer Format";
        Footer footer = Footer.Parse(bytes, name, length - Size);
        return footer.Type != DiskType.Fixed
            ? throw new DiskFormatException(name, length - Size, $"It is a {footer.Type} VHD, not a fixed one.", Rule)
            : footer.CurrentSize != length - Size
                ? throw new DiskFormatException(name, length - Size, $"The VHD's footer states a capacity of {footer.CurrentSize} bytes, but there are {length - Size}: it is cut off, or was appended to.", Rule)
                : new FixedVhdFooter(bytes.Slice(0, Size).ToArray(), footer);
    }
}
