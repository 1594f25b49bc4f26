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
        // A file's own record is needed for the names in its others.
        Dictionary<long, (FileRecord Record, bool IsEncrypted)> ownRecords = [];
        List<FileRecord> others = [];
        foreach (FileRecord record in ReadRecords())
        {
            if (record.Base.Number == 0)
            {
                bool isEncrypted = IsEncrypted(record);
                if (record.Attributes.Any(static attribute => attribute.Type == AttributeType.AttributeList))
                {
                    ownRecords[record.Number] = (record, isEncrypted);
                }

                foreach (TableName name in NamesIn(record, record, isEncrypted))
                {
                    yield return name;
                }
            }
            else
            {
                others.Add(record);
            }
        }

        foreach (FileRecord other in others)
        {
            if (ownRecords.TryGetValue(other.Base.Number, out (FileRecord Record, bool IsEncrypted) own) && own.Record.Sequence == other.Base.Sequence)
            {
                foreach (TableName name in NamesIn(other, own.Record, own.IsEncrypted))
                {
                    yield return name;
                }
            }
        }
    }

    private static bool IsEncrypted(FileRecord record)
        => record.Attributes.FirstOrDefault(static attribute => attribute.Type == AttributeType.StandardInformation) is { IsResident: true, Value.Length: >= 36 } information
            && (BinaryPrimitives.ReadUInt32LittleEndian(information.Value.Span.Slice(32)) & (uint)FileAttributes.Encrypted) != 0;

    private static IEnumerable<TableName> NamesIn(FileRecord record, FileRecord file, bool isEncrypted)
        => record.Attributes
            .Where(static attribute => attribute is { Type: AttributeType.FileName, IsResident: true })
            .Select(static attribute => FileName.TryParse(attribute.Value))
            .Where(static name => name is { IsDosOnly: false })
            .Select(name => new TableName(
                new FileReference(file.Number, file.Sequence).Value,
                name!.Folder.Number == NtfsPathWalker.RootRecord ? null : name.Folder.Value,
                name.Name,
                file.IsDirectory,
                isEncrypted));

    /// <summary>The records in use, without those of the file system's own files.</summary>
    private IEnumerable<FileRecord> ReadRecords()
    {
        int size = volume.Boot.FileRecordSize;
        byte[] piece = new byte[PieceSize];
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
                    yield return FileRecord.Parse(piece.AsSpan(offset, size).ToArray(), number, volume);
                }
            }
        }
    }
}
