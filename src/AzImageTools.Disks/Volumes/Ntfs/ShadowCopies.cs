using System.Buffers.Binary;

namespace AzImageTools.Disks.Volumes.Ntfs;

/// <summary>
/// Whether Windows keeps shadow copies of a volume (libvshadow documentation, "Volume Shadow Snapshot (VSS) format"). They
/// take every block that was not overwritten since from the volume itself: also one of a file deleted since, whose clusters
/// the volume has as free.
/// </summary>
internal static class ShadowCopies
{
    private const int HeaderOffset = 0x1E00;
    private const int HeaderSize = 128;
    private const int VolumeHeaderRecord = 1;
    private const int CatalogRecord = 2;
    private const int BlockSize = 0x4000;
    private const int EntrySize = 128;
    private const int MaximumBlocks = 1024;
    private const long EmptyEntry = 0;
    private const long UnusedEntry = 1;
    private static readonly Guid Identifier = new("3808876B-C176-4E48-B7AE-04046E6CC752");

    /// <summary>Whether there are any, or what is there can't tell that there are none.</summary>
    /// <exception cref="DiskFormatException">The volume can't be read.</exception>
    public static bool MayExist(IByteSource volume)
    {
        byte[] header = new byte[HeaderSize];
        if (volume.Length < HeaderOffset + HeaderSize)
        {
            return false;
        }

        volume.Read(HeaderOffset, header);
        if (!IsRecord(header, VolumeHeaderRecord))
        {
            return false;
        }

        // Where another volume keeps the copies, their catalog is not here to be asked.
        Guid self = GuidBytes.Read(header.AsSpan(64));
        Guid storage = GuidBytes.Read(header.AsSpan(80));
        long catalog = BinaryPrimitives.ReadInt64LittleEndian(header.AsSpan(48));
        return (storage != Guid.Empty && storage != self) || (catalog != 0 && HasCopies(volume, catalog));
    }

    private static bool HasCopies(IByteSource volume, long offset)
    {
        byte[] block = new byte[BlockSize];
        for (int count = 0; offset != 0; count++)
        {
            if (count == MaximumBlocks || offset < 0 || offset > volume.Length - BlockSize)
            {
                return true;
            }

            volume.Read(offset, block);
            if (!IsRecord(block, CatalogRecord))
            {
                return true;
            }

            for (int entry = EntrySize; entry < BlockSize; entry += EntrySize)
            {
                if (BinaryPrimitives.ReadInt64LittleEndian(block.AsSpan(entry)) is not (EmptyEntry or UnusedEntry))
                {
                    return true;
                }
            }

            offset = BinaryPrimitives.ReadInt64LittleEndian(block.AsSpan(40));
        }

        return false;
    }

    private static bool IsRecord(ReadOnlySpan<byte> header, int type)
        => GuidBytes.Read(header) == Identifier && BinaryPrimitives.ReadInt32LittleEndian(header.Slice(20)) == type;
}
