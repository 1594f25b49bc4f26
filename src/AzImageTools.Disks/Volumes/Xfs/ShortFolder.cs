using System.Buffers.Binary;

namespace AzImageTools.Disks.Volumes.Xfs;

/// <summary>The entries of a folder that lies in its inode ("Short Form Directories").</summary>
internal static class ShortFolder
{
    private const int CountsSize = 2;
    private const int NameOffset = 3;

    public static List<FolderEntry> Parse(XfsVolume volume, Inode folder)
    {
        ReadOnlySpan<byte> bytes = folder.Fork.Span;
        if (bytes.Length < CountsSize)
        {
            throw Folder.Damaged(volume, folder);
        }

        // Inodes take 8 bytes where any of their numbers needs more than 4; that of the folder above comes first.
        int count = bytes[0];
        int numberSize = bytes[1] == 0 ? sizeof(uint) : sizeof(ulong);
        int typeSize = volume.Superblock.HasFileTypes ? 1 : 0;
        int position = CountsSize + numberSize;
        List<FolderEntry> entries = [];
        for (int i = 0; i < count; i++)
        {
            if (position >= bytes.Length)
            {
                throw Folder.Damaged(volume, folder);
            }

            int nameLength = bytes[position];
            int numberOffset = position + NameOffset + nameLength + typeSize;
            if (nameLength == 0 || numberOffset > bytes.Length - numberSize)
            {
                throw Folder.Damaged(volume, folder);
            }

            ReadOnlySpan<byte> number = bytes.Slice(numberOffset);
            entries.Add(new FolderEntry(
                numberSize == sizeof(uint) ? BinaryPrimitives.ReadUInt32BigEndian(number) : BinaryPrimitives.ReadUInt64BigEndian(number),
                bytes.Slice(position + NameOffset, nameLength).ToArray()));
            position = numberOffset + numberSize;
        }

        return entries;
    }
}
