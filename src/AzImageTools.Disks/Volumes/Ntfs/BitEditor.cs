namespace AzImageTools.Disks.Volumes.Ntfs;

/// <summary>Clears bits of a bitmap of the file system: of clusters ($Bitmap), of records ($MFT:$BITMAP), of a folder's nodes.</summary>
internal static class BitEditor
{
    private const int ChunkSize = 4096;

    /// <summary>Clears bits, all of which must be set.</summary>
    /// <param name="volume">The volume, on an overlay.</param>
    /// <param name="file">The file that has the bitmap.</param>
    /// <param name="type">Which of its attributes it is.</param>
    /// <param name="name">The attribute's name.</param>
    /// <param name="first">The first bit.</param>
    /// <param name="count">How many.</param>
    /// <exception cref="DiskFormatException">There is no such bitmap, it ends before, or one of the bits is clear already.</exception>
    public static void Clear(NtfsVolume volume, NtfsFile file, AttributeType type, string name, long first, long count)
    {
        if (file.Locate(type, name) is not var (record, attribute))
        {
            throw volume.Damaged(file.Number, $"Record {file.Number} of the master file table has no bitmap.", "NTFS, Bitmap");
        }

        if (attribute.IsResident)
        {
            volume.RewriteRecord(record.Number, bytes => Clear(volume, file, bytes.AsSpan(attribute.ContentInRecord, (int)attribute.Length), first, count));
            return;
        }

        FileContent bitmap = file.Open(volume.Source, type, name)!;
        byte[] chunk = new byte[ChunkSize];
        while (count > 0)
        {
            long position = first / 8;
            Span<byte> bytes = chunk.AsSpan(0, (int)Math.Min(ChunkSize, ((first + count + 7) / 8) - position));
            int bits = (int)Math.Min(count, (bytes.Length * 8L) - (first % 8));
            volume.Budget.Work(bytes.Length, "a bitmap");
            bitmap.Read(position, bytes);
            Clear(volume, file, bytes, first % 8, bits);
            int done = 0;
            foreach (DiskExtent piece in bitmap.Locate(new DiskExtent(position, bytes.Length)))
            {
                ((IWritableBytes)volume.Source).Write(piece.Offset, bytes.Slice(done, (int)piece.Length));
                done += (int)piece.Length;
            }

            if (done != bytes.Length)
            {
                throw volume.Damaged(file.Number, "A bitmap has bits that lie nowhere.", "NTFS, Bitmap");
            }

            first += bits;
            count -= bits;
        }
    }

    private static void Clear(NtfsVolume volume, NtfsFile file, Span<byte> bytes, long first, long count)
    {
        for (long bit = first; bit < first + count; bit++)
        {
            int mask = 1 << (int)(bit % 8);
            if (bit / 8 >= bytes.Length || (bytes[(int)(bit / 8)] & mask) == 0)
            {
                throw volume.Damaged(file.Number, $"What is in use is free in the bitmap of record {file.Number} of the master file table, or not in it.", "NTFS, Bitmap");
            }

            bytes[(int)(bit / 8)] &= (byte)~mask;
        }
    }
}
