using System.Text;
using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Containers.Qcow2;
using AzImageTools.Disks.Containers.Raw;
using AzImageTools.Disks.Containers.Vdi;
using AzImageTools.Disks.Containers.Vhd;
using AzImageTools.Disks.Containers.Vhdx;
using AzImageTools.Disks.Containers.Vmdk;
using AzImageTools.Disks.Inspection;
using AzImageTools.Disks.Inspection.Checking;

namespace AzImageTools.Disks.Images;

/// <summary>
/// The formats of disk images, a row each: opening, checking, messages and documentation go by them. And what else files hold
/// that are taken for disk images: only ever for saying so, never for choosing how to read a file.
/// </summary>
internal static class DiskFormats
{
    private const int HeadSize = 4096;

    // What a format's row would take for its own, and can't be read, is told by its signature first.
    private static readonly (int Offset, byte[] Signature, RecognizedContent Content)[] Unreadable =
    [
        (0, [0x51, 0x46, 0x49, 0xFB, 0, 0, 0, 1], new("a QCOW image of version 1, which is not read", "Convert it first: qemu-img convert -f qcow -O qcow2 FILE FILE.qcow2")),
        (0, Ascii("COWD"), new("a sparse extent of ESX, which is not read: it belongs to a snapshot or thin disk", "Clone the disk on the host first: vmkfstools -i DISK.vmdk -d thin CLONE.vmdk")),
    ];

    private static readonly (int Offset, byte[] Signature, RecognizedContent Content)[] Others =
    [
        (0, Ascii("conectix"), new("a dynamic or differencing VHD's first footer without the one at its end", "The file is cut off or its last 512 bytes are damaged: copy it again.")),
        (0, [0x1F, 0x8B], new("gzip-compressed data", "Unpack it first: gzip -dk FILE")),
        (0, [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], new("xz-compressed data", "Unpack it first: xz -dk FILE")),
        (0, [0x28, 0xB5, 0x2F, 0xFD], new("zstd-compressed data", "Unpack it first: zstd -d FILE")),
        (0, Ascii("BZh"), new("bzip2-compressed data", "Unpack it first: bzip2 -dk FILE")),
        (0, [0x50, 0x4B, 0x03, 0x04], new("a ZIP archive", "Unpack it first: Expand-Archive FILE")),
        (0, [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], new("a 7-Zip archive", "Unpack it first: 7z x FILE")),
    ];

    /// <summary>A row a format, in the order of <see cref="DiskFormat"/>.</summary>
    public static IReadOnlyList<DiskFormatRow> Rows { get; } =
    [
        new(DiskFormat.Raw, "raw", "raw", [".raw", ".img", ".bin"], static (file, _) => new RawDisk(file)),
        new(DiskFormat.Vhd, "VHD", "vpc", [".vhd", ".avhd", ".vpc"], VhdDisk.Open)
        {
            Signature = new(VhdDisk.IsPresent, "a VHD", "a VHD's footer is not in its last 512 bytes", FromEnd: Footer.Size)
            {
                FindDisplaced = static file => StrayFooter.Find(file) is { } offset
                    ? new(
                        $"a VHD that something was added to: its footer lies at byte {offset}, and {file.Length - offset - Footer.Size} bytes follow it",
                        $"Where the disk was enlarged, convert it again from its source; where what follows is not needed, cut the file off behind the footer: truncate -s {offset + Footer.Size} FILE")
                    : null,
            },
            Check = static (file, _, log) => new VhdCheck(file, log).Run(),
            Checkpoint = new(".avhd", VhdDisk.ReadParent),
        },
        new(DiskFormat.Vhdx, "VHDX", "vhdx", [".vhdx", ".avhdx"], VhdxDisk.Open)
        {
            Signature = new(VhdxDisk.IsPresent, "a VHDX", "a VHDX's identifier is not at its beginning"),
            Check = static (file, _, log) => new VhdxCheck(file, log).Run(),
            Checkpoint = new(".avhdx", VhdxDisk.ReadParent),
        },
        new(DiskFormat.Qcow2, "QCOW2", "qcow2", [".qcow2"], static (file, parents) => Qcow2Disk.Open(file, parents, FindByQemuName))
        {
            Signature = new(Qcow2Header.IsPresent, "a QCOW2 image", "a QCOW2's signature is not at its beginning"),
            Check = static (file, _, log) => new Qcow2Check(file, log).Run(),
        },
        new(DiskFormat.Vmdk, "VMDK", "vmdk", [".vmdk"], VmdkOpener.Open)
        {
            Signature = new(VmdkOpener.IsVmdk, "a VMDK", "neither a VMDK's signature nor its descriptor is at its beginning"),
            Check = static (file, places, log) => new VmdkCheck(file, places, log).Run(),
            FindWhole = DescriptorSearch.FindNaming,
        },
        new(DiskFormat.Vdi, "VDI", "vdi", [".vdi"], static (file, _) => VdiDisk.Open(file))
        {
            Signature = new(VdiHeader.IsPresent, "a VirtualBox VDI", "a VDI's signature is not at byte 64"),
            Check = static (file, _, log) => new VdiCheck(file, log).Run(),
        },
    ];

    /// <summary>The row of a format.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such format.</exception>
    public static DiskFormatRow Of(DiskFormat format)
        => Rows.FirstOrDefault(row => row.Format == format) ?? throw new ArgumentOutOfRangeException(nameof(format), $"There is no disk format {format}.");

    /// <summary>The row of the format that a file's extension names; null where it names none.</summary>
    public static DiskFormatRow? FindByExtension(string path)
        => Rows.FirstOrDefault(row => row.Extensions.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase));

    /// <summary>What a file holds that can't be opened under its name; null where that is not known.</summary>
    public static RecognizedContent? Recognize(DiskFile file)
    {
        byte[] head = file.Read(0, (int)Math.Min(HeadSize, file.Length));
        DiskFormatRow? row = Rows.FirstOrDefault(row => row.Signature is { } signature && signature.IsPresent(file));

        // A fixed VHD begins with what its guest wrote.
        return (row?.Signature!.FromEnd > 0 ? null : Find(Unreadable, head))
            ?? (row is null ? null : new RecognizedContent(row.Signature!.Description, $"Rename it to {row.Extensions[0]}."))
            ?? Find(Others, head)
            ?? TarArchive.Recognize(file)
            ?? (IsText(head) ? new RecognizedContent("text", "Give the path of a disk image file.") : null);
    }

    private static DiskFormat? FindByQemuName(string name) => Rows.FirstOrDefault(row => row.QemuName == name)?.Format;

    private static RecognizedContent? Find((int Offset, byte[] Signature, RecognizedContent Content)[] known, byte[] head)
        => known.FirstOrDefault(kind => head.Length >= kind.Offset + kind.Signature.Length && head.AsSpan(kind.Offset, kind.Signature.Length).SequenceEqual(kind.Signature)).Content;

    private static bool IsText(ReadOnlySpan<byte> head)
    {
        foreach (byte b in head)
        {
            if (b is < 0x20 and not ((byte)'\t' or (byte)'\r' or (byte)'\n' or (byte)'\f') or 0x7F)
            {
                return false;
            }
        }

        return true;
    }

    private static byte[] Ascii(string text) => Encoding.ASCII.GetBytes(text);
}

/// <summary>A format of disk images.</summary>
/// <param name="Format">The format.</param>
/// <param name="Name">What people call it.</param>
/// <param name="QemuName">What QEMU calls it, in QCOW2s too.</param>
/// <param name="Extensions">The extensions of its files, the usual one first.</param>
/// <param name="Open">Opens a file that has the format's signature, with the files that it needs; refuses kinds that are not read with the reason and a remedy.</param>
internal sealed record DiskFormatRow(
    DiskFormat Format, string Name, string QemuName, IReadOnlyList<string> Extensions, Func<DiskFile, ParentLocation, VirtualDisk> Open)
{
    /// <summary>What a file of the format must have; null where any content will do.</summary>
    public FormatSignature? Signature { get; init; }

    /// <summary>Checks a file's structures, even where it can't be opened; null where there are none.</summary>
    public Func<DiskFile, ParentLocation, CheckLog, IEnumerable<DiskInconsistency>>? Check { get; init; }

    /// <summary>The name of the file beside a file of the format's extension that names it as one of its parts; null where no disk of the format has such parts.</summary>
    public Func<DiskFile, string?>? FindWhole { get; init; }

    /// <summary>How to find a virtual machine's checkpoints of such a disk; null where it has none that are found.</summary>
    public CheckpointKind? Checkpoint { get; init; }
}

/// <summary>What a file of a format must have.</summary>
/// <param name="IsPresent">Whether a file has it.</param>
/// <param name="Description">What to call a file that has it, with its article.</param>
/// <param name="Missing">What to say of a file that has it not, as a clause.</param>
/// <param name="FromEnd">How many bytes before the file's end it is; 0 where it is at the beginning.</param>
internal sealed record FormatSignature(Func<DiskFile, bool> IsPresent, string Description, string Missing, int FromEnd = 0)
{
    /// <summary>Says what a file holds that has it in another place than it must; null where that is not looked for.</summary>
    public Func<DiskFile, RecognizedContent?>? FindDisplaced { get; init; }
}

/// <summary>The checkpoints of a format.</summary>
/// <param name="Extension">Their extension.</param>
/// <param name="ReadParent">What one says of its parent; null where it has none.</param>
internal sealed record CheckpointKind(string Extension, Func<DiskFile, ParentReference?> ReadParent);

/// <summary>What a file holds.</summary>
/// <param name="Description">A noun phrase with its article.</param>
/// <param name="Remedy">What to do, as a sentence.</param>
internal sealed record RecognizedContent(string Description, string Remedy);
