using System.Runtime.InteropServices;

namespace AzImageTools.Disks.Conversion.Layouts;

/// <summary>
/// Where a disk's bytes and its container's own structures are in an image file. All of it is known before the first byte of the
/// disk is: the ranges that hold data are given. So the file can be written in any order, by several threads, and be continued.
/// </summary>
public abstract class ImageLayout
{
    private protected ImageLayout(long capacity)
    {
        Capacity = capacity;
    }

    /// <summary>The container's format.</summary>
    public abstract DiskFormat Format { get; }

    /// <summary>How the container keeps the disk.</summary>
    public abstract DiskSubFormat SubFormat { get; }

    /// <summary>The disk's capacity in bytes.</summary>
    public long Capacity { get; }

    /// <summary>The file's length in bytes.</summary>
    public abstract long FileLength { get; }

    /// <summary>
    /// Whether the file is to have holes. A fixed VHD is, as it is as long as the disk; the others hold little that is empty, and
    /// Hyper-V takes no sparse files on NTFS.
    /// </summary>
    internal virtual bool WantsHoles => false;

    /// <summary>The container's structures, in ascending order of where they are. Lazy: there may be one for each block.</summary>
    internal abstract IEnumerable<FilePart> Structures { get; }

    /// <summary>Finds where in the file a byte of the disk is.</summary>
    /// <param name="offset">The byte's position on the disk.</param>
    /// <param name="length">How many bytes from there on lie in a row in the file.</param>
    /// <returns>The position in the file; -1 where it is in none of the ranges that hold data.</returns>
    internal abstract long Locate(long offset, out long length);

    /// <summary>A fixed VHD that is the same, byte by byte, as the one whose footer that is.</summary>
    /// <param name="footer">The footer.</param>
    public static ImageLayout FixedVhd(FixedVhdFooter footer) => new FixedVhdLayout(footer ?? throw new ArgumentNullException(nameof(footer)));

    /// <summary>A dynamic VHD: of the blocks of 2 MiB that hold data alone.</summary>
    /// <param name="capacity">The disk's capacity in bytes, at most 2040 GiB.</param>
    /// <param name="data">The disk's ranges that may hold data, in ascending order.</param>
    /// <param name="id">What names the disk: the same values give the same bytes.</param>
    /// <param name="created">The time stamp, kept to the second.</param>
    /// <exception cref="DiskFormatException">The disk is too large for a dynamic VHD.</exception>
    public static ImageLayout DynamicVhd(long capacity, IEnumerable<DiskExtent> data, Guid id, DateTimeOffset created) => new DynamicVhdLayout(capacity, data, id, created);

    /// <summary>A dynamic VHDX: of the blocks of 2 MiB that hold data alone.</summary>
    /// <param name="capacity">The disk's capacity in bytes, at most 64 TiB.</param>
    /// <param name="data">The disk's ranges that may hold data, in ascending order.</param>
    /// <param name="id">What names the disk: the same values give the same bytes.</param>
    /// <exception cref="DiskFormatException">The disk is too large for a VHDX.</exception>
    public static ImageLayout Vhdx(long capacity, IEnumerable<DiskExtent> data, Guid id) => new VhdxLayout(capacity, data, id);
}

/// <summary>Bytes of a file at a position.</summary>
/// <param name="Offset">Where they begin, in bytes.</param>
/// <param name="Bytes">The bytes.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct FilePart(long Offset, ReadOnlyMemory<byte> Bytes);
