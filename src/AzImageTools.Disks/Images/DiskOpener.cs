using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Containers.Vmdk;

namespace AzImageTools.Disks.Images;

/// <summary>
/// Opens disk images. The extension (or the caller) says which format to expect, and the content must then be that. Nothing
/// else in the content ever decides: a raw disk whose guest wrote another format's header into its first sector stays a raw
/// disk.
/// </summary>
public static class DiskOpener
{
    private const string IfRaw = "If its bytes are the disk's, rename it to .raw or say that its format is Raw.";

    /// <summary>Opens a disk image by its extension, or as the format that the caller gives; <c>.raw</c>, <c>.img</c> and <c>.bin</c> are the disk itself, whatever they begin with.</summary>
    /// <param name="path">The image file.</param>
    /// <param name="options">How to open it; null for the defaults.</param>
    /// <param name="cancellation">Stops all that reads from the image, as long as it is open.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="DiskFormatException">The file is no disk image that can be read; the message says what it is and what to do.</exception>
    /// <exception cref="IOException">The file is in use by another program, or can't be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static VirtualDisk Open(string path, VirtualDiskOptions? options = null, CancellationToken cancellation = default)
        => OpenAs(path, options?.Format, PlacesFor(path, options, cancellation));

    /// <summary>The format that the extension of a file's name says; null where it says none.</summary>
    /// <param name="name">The name or path.</param>
    public static DiskFormat? FindFormat(string name) => DiskFormats.FindByExtension(name)?.Format;

    /// <summary>Opens a disk image that lies elsewhere; the disk leaves it open.</summary>
    internal static VirtualDisk OpenForeign(IByteSource file, DiskFormat format) => OpenFile(DiskFile.Over(file), format, ParentLocation.NowhereFor(file));

    /// <summary>Where the other files may be that an image needs.</summary>
    internal static ParentLocation PlacesFor(string path, VirtualDiskOptions? options, CancellationToken cancellation)
        => string.IsNullOrWhiteSpace(path)
            ? throw new ArgumentException("A path is needed.", nameof(path))
            : new ParentLocation(path, options?.ParentPath, OpenAs, new ReadBudget(Path.GetFullPath(path), cancellation) { ReadsAll = options?.ReadsAll == true });

    /// <summary>Opens the disk in a file that is open; the disk owns the file from then on.</summary>
    internal static VirtualDisk OpenFile(DiskFile file, DiskFormat? format, ParentLocation parents)
    {
        if (file.Length == 0)
        {
            throw new DiskFormatException(file.Path, null, "The file is empty.");
        }

        DiskFormatRow row = ChooseRow(file, format) ?? throw UnknownExtension(file);
        return row.Signature is null || row.Signature.IsPresent(file) ? row.Open(file, parents) : throw Disagreement(file, row, row.Signature, format is not null);
    }

    /// <summary>The format that a file is to be read as; null where nothing says. Of an OVA the only disk is taken for the file.</summary>
    /// <exception cref="DiskFormatException">It is an OVA without a disk that can be read where it lies.</exception>
    internal static DiskFormatRow? ChooseRow(DiskFile file, DiskFormat? format)
    {
        if (format is { } given)
        {
            return DiskFormats.Of(given);
        }

        if (!TarArchive.IsOva(file.Path))
        {
            return DiskFormats.FindByExtension(file.Path);
        }

        if (!file.IsRestricted)
        {
            file.Restrict(TarArchive.FindDisk(file));
        }

        // A descriptor's extents would be looked for beside the archive.
        return SparseExtentHeader.IsPresent(file) ? DiskFormats.Of(DiskFormat.Vmdk)
            : throw new DiskFormatException(file.Path, null, "The disk in this OVA is not a VMDK that is whole in one file. Unpack it first, and give the path of the disk: tar -xf FILE");
    }

    private static VirtualDisk OpenAs(string path, DiskFormat? format, ParentLocation parents)
    {
        DiskFile file = DiskFile.Open(path, parents.IsOfParent, parents.Budget);
        try
        {
            return OpenFile(file, format, parents);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static DiskFormatException UnknownExtension(DiskFile file)
    {
        string extension = Path.GetExtension(file.Path);
        string problem = extension.Length == 0
            ? "The file's name has no extension, so it is not clear how to read it."
            : $"Files with the extension {extension} are not read as disk images; these are: {string.Join(", ", DiskFormats.Rows.SelectMany(static row => row.Extensions).Append(".ova"))}.";
        return new DiskFormatException(
            file.Path, null, DiskFormats.Recognize(file) is { } content ? $"{problem} It holds {content.Description}. {content.Remedy}" : $"{problem} {IfRaw}");
    }

    private static DiskFormatException Disagreement(DiskFile file, DiskFormatRow row, FormatSignature signature, bool isGiven)
    {
        if (row.FindWhole?.Invoke(file) is { } whole)
        {
            return new DiskFormatException(file.Path, null, $"This is one part of the disk that '{whole}' describes, and not a whole disk. Give the path of '{whole}'.");
        }

        string claim = isGiven ? $"The file is to be read as {row.Name}" : $"The file's extension says {row.Name}";
        return (signature.FindDisplaced?.Invoke(file) ?? DiskFormats.Recognize(file)) is { } content
            ? new DiskFormatException(file.Path, null, $"{claim}, but it holds {content.Description}. {content.Remedy}")
            : new DiskFormatException(
                file.Path,
                signature.FromEnd == 0 ? 0 : Math.Max(0, file.Length - signature.FromEnd),
                $"{claim}, but {signature.Missing}: it is cut off, damaged, or something else. {IfRaw}");
    }
}
