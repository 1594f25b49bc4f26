using System.Buffers.Binary;

namespace AzImageTools.Disks.Volumes.Ntfs;

/// <summary>Goes through the master file table for the names of files.</summary>
/// <param name="volume">The volume.</param>
/// <param name="table">The table.</param>
internal sealed class TableNames(NtfsVolume volume, FileContent table)
{
    private const int PieceSize = 1 << 20;

    /// <summary>How far ahead a source is told what is read next.</summary>
    private const int Ahead = 8 << 20;
    private const int FlagsOffset = 22;
    private const int InUseFlag = 1;
    private const int ReservedRecords = 16;

    /// <summary>All names.</summary>
    public IEnumerable<TableName> Enumerate()
    {
        // Of a file with several records its own one tells more of the names in the others than they do.
        Dictionary<ulong, (bool IsDirectory, bool IsEncrypted)> files = [];
        List<TableName> others = [];
        foreach (FileRecord record in ReadRecords())
        {
            bool isOwn = record.Base.Number == 0;
            ulong file = isOwn ? new FileReference(record.Number, record.Sequence).Value : record.Base.Value;
            bool isEncrypted = isOwn && IsEncrypted(record);
            if (isOwn && record.Attributes.Any(static attribute => attribute.Type == AttributeType.AttributeList))
            {
                files[file] = (record.IsDirectory, isEncrypted);
            }

            foreach (FileName name in NamesIn(record))
            {
                TableName found = new(file, name.Folder.Number == NtfsPathWalker.RootRecord ? null : name.Folder.Value, name.Name, record.IsDirectory, isEncrypted);
                if (isOwn)
                {
                    yield return found;
                }
                else
                {
                    others.Add(found);
                }
            }
        }

        foreach (TableName other in others)
        {
            if (files.TryGetValue(other.File, out (bool IsDirectory, bool IsEncrypted) file))
            {
                yield return other with { IsDirectory = file.IsDirectory, IsEncrypted = file.IsEncrypted };
            }
        }
    }

    private static bool IsEncrypted(FileRecord record)
        => record.Attributes.FirstOrDefault(static attribute => attribute.Type == AttributeType.StandardInformation) is { IsResident: true, Value.Length: >= 36 } information
            && (BinaryPrimitives.ReadUInt32LittleEndian(information.Value.Span.Slice(32)) & (uint)FileAttributes.Encrypted) != 0;

    private static IEnumerable<FileName> NamesIn(FileRecord record)
        => record.Attributes
            .Where(static attribute => attribute is { Type: AttributeType.FileName, IsResident: true })
            .Select(static attribute => FileName.TryParse(attribute.Value))
            .Where(static name => name is { IsDosOnly: false })!;

    /// <summary>The records in use, without those of the file system's own files; each is good until the next.</summary>
    private IEnumerable<FileRecord> ReadRecords()
    {
        int size = volume.Boot.FileRecordSize;
        byte[] piece = new byte[Math.Min(PieceSize, table.Length)];
        byte[] record = new byte[size];
        for (long position = 0; position <= table.Length - size; position += PieceSize)
        {
            int count = (int)Math.Min(PieceSize, (table.Length - position) / size * size);
            table.Prefetch([new DiskExtent(position, Math.Min(Ahead, table.Length - position))]);
            table.Read(position, piece.AsSpan(0, count));
            volume.Budget.Visit("a file record", position / size, count / size);
            for (int offset = 0; offset < count; offset += size)
            {
                long number = (position + offset) / size;
                if (number >= ReservedRecords && (piece[offset + FlagsOffset] & InUseFlag) != 0)
                {
                    piece.AsSpan(offset, size).CopyTo(record);
                    yield return FileRecord.Parse(record, number, volume);
                }
            }
        }
    }
}
