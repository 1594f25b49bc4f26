using System.Text;
using AzImageTools.Disks.Containers.Vhd;

namespace AzImageTools.Disks.Containers;

/// <summary>
/// What a file holds that can't be opened under its name: only ever for saying so, never for choosing how to read it.
/// </summary>
/// <param name="Description">A noun phrase with its article.</param>
/// <param name="Remedy">What to do, as a sentence.</param>
internal sealed record ContentKind(string Description, string Remedy)
{
    private const int HeadSize = 4096;

    private static readonly (int Offset, byte[] Signature, ContentKind Kind)[] Signatures =
    [
        (0, Ascii("vhdxfile"), new("a VHDX", "Rename it to .vhdx.")),
        (0, Ascii("conectix"), new("a dynamic or differencing VHD's first footer without the one at its end", "The file is cut off or its last 512 bytes are damaged: copy it again.")),
        (0, [0x51, 0x46, 0x49, 0xFB, 0, 0, 0, 1], new("a QCOW image of version 1, which is not read", "Convert it first: qemu-img convert -f qcow -O qcow2 FILE FILE.qcow2")),
        (0, [0x51, 0x46, 0x49, 0xFB], new("a QCOW2 image", "Rename it to .qcow2.")),
        (0, Ascii("KDMV"), new("a VMDK", "Rename it to .vmdk.")),
        (0, Ascii("COWD"), new("a sparse extent of ESX, which is not read", "Clone the disk on the host first: vmkfstools -i DISK.vmdk -d thin CLONE.vmdk")),
        (0, Ascii("# Disk DescriptorFile"), new("a VMDK's descriptor", "Rename it to .vmdk.")),
        (0x40, [0x7F, 0x10, 0xDA, 0xBE], new("a VirtualBox VDI, which is not read", "Convert it first: qemu-img convert -f vdi -O vhdx FILE FILE.vhdx")),
        (0, [0x1F, 0x8B], new("gzip-compressed data", "Unpack it first: gzip -dk FILE")),
        (0, [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], new("xz-compressed data", "Unpack it first: xz -dk FILE")),
        (0, [0x28, 0xB5, 0x2F, 0xFD], new("zstd-compressed data", "Unpack it first: zstd -d FILE")),
        (0, Ascii("BZh"), new("bzip2-compressed data", "Unpack it first: bzip2 -dk FILE")),
        (0, [0x50, 0x4B, 0x03, 0x04], new("a ZIP archive", "Unpack it first: Expand-Archive FILE")),
        (0, [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], new("a 7-Zip archive", "Unpack it first: 7z x FILE")),
    ];

    /// <summary>Names what a file holds; null where that is not known.</summary>
    public static ContentKind? Recognize(DiskFile file)
    {
        if (VhdDisk.IsPresent(file))
        {
            return new ContentKind("a VHD", "Rename it to .vhd.");
        }

        byte[] head = file.Read(0, (int)Math.Min(HeadSize, file.Length));
        foreach ((int offset, byte[] signature, ContentKind kind) in Signatures)
        {
            if (head.Length >= offset + signature.Length && head.AsSpan(offset, signature.Length).SequenceEqual(signature))
            {
                return kind;
            }
        }

        return IsText(head) ? new ContentKind("text", "Give the path of a disk image file.") : null;
    }

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
