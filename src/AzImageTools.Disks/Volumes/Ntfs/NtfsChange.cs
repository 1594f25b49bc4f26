using System.Buffers.Binary;
using AzImageTools.Disks.Overlay;

namespace AzImageTools.Disks.Volumes.Ntfs;

/// <summary>
/// A change of files on an NTFS volume: made on an overlay of its own, and written when it is known to be possible. Nothing is allocated:
/// what would need a cluster, a record or a node of an index more is refused.
/// </summary>
internal sealed class NtfsChange : IDisposable
{
    private const int BitmapRecord = 6;
    private const int ReservedRecords = 24;
    private const int MaximumDepth = 256;
    private const int QuotaCharged = 56;

    private readonly IByteSource _source;
    private readonly DiskOverlay _stage;
    private readonly DateTimeOffset _now;

    /// <param name="source">The volume, on an overlay.</param>
    /// <param name="now">When files are told to be changed.</param>
    public NtfsChange(IByteSource source, DateTimeOffset now)
    {
        _source = source;
        _stage = new DiskOverlay(source);
        _now = now;
    }

    /// <summary>Deletes a file, or a folder with all that is in it.</summary>
    /// <param name="path">Its path.</param>
    /// <exception cref="FileNotFoundException">There is nothing at the path.</exception>
    /// <exception cref="DiskRepairException">That can't be done safely.</exception>
    public void Delete(string path)
    {
        (NtfsFile file, string found) = new NtfsPathWalker(Open()).Find(path, followLast: false) ?? throw NotFound(path);
        Delete(file.Reference, found, 0);
    }

    /// <summary>Gives a file another content.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="content">The content.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="DiskRepairException">That can't be done safely.</exception>
    public void Rewrite(string path, ReadOnlySpan<byte> content)
    {
        NtfsVolume volume = Open();
        (NtfsFile file, string found) = new NtfsPathWalker(volume).Find(path, followLast: true) ?? throw NotFound(path);
        if (file.IsDirectory || file.Number < ReservedRecords)
        {
            throw NotFound(path);
        }

        NtfsRewritableFile rewritable = new(volume, _stage, file, found);
        rewritable.SetContent(content, FreeClusters);
        long allocated = rewritable.AllocatedLength;
        long length = content.Length;
        long now = _now.ToFileTime();
        volume.RewriteRecord(file.Number, record => RecordEditor.Touch(record, Information(volume, file), now));
        foreach (FileName name in file.Names)
        {
            new FolderIndexEditor(Open(), Open().OpenFile(name.Folder)).Describe(name, file.Reference, (bytes, offset) =>
            {
                // As $FILE_NAME has them: written, record changed, allocated, length.
                BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(offset + 16), now);
                BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(offset + 24), now);
                BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(offset + 40), allocated);
                BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(offset + 48), length);
            });
        }
    }

    /// <summary>Writes the change.</summary>
    public void Apply()
    {
        IWritableBytes target = (IWritableBytes)_source;
        foreach (OverlayChange change in _stage.EnumerateChanges())
        {
            target.Write(change.Offset, change.After.Span);
        }
    }

    public void Dispose() => _stage.Dispose();

    private static NtfsAttribute Information(NtfsVolume volume, NtfsFile file)
        => file.OwnAttributes.FirstOrDefault(static attribute => attribute is { Type: AttributeType.StandardInformation, IsResident: true, Length: >= 36 })
            ?? throw volume.Damaged(file.Number, $"Record {file.Number} of the master file table has no $STANDARD_INFORMATION.");

    /// <summary>The volume as it is with what was changed: what was read before is not what it is.</summary>
    private NtfsVolume Open() => new(_stage);

    private FileNotFoundException NotFound(string path) => new($"There is no file '{path}' on {_source.Name}.", path);

    private DiskRepairException Refuse(string path, string reason)
        => new(DiskRepairProblem.FileNotRepairable, path, $"{path} on {_source.Name} can't be deleted: {reason}. Nothing was changed.", "Delete it within the guest.");

    private void Delete(FileReference reference, string path, int depth)
    {
        NtfsVolume volume = Open();
        NtfsFile file = volume.OpenFile(reference);
        if (file.Number < ReservedRecords)
        {
            throw Refuse(path, "it is the file system's own");
        }

        if (file.IsDirectory)
        {
            if (depth == MaximumDepth)
            {
                throw Refuse(path, $"it lies more than {MaximumDepth} folders deep");
            }

            foreach (IGrouping<FileReference, IndexEntry> entry in new FolderIndex(volume, file).Enumerate().GroupBy(static entry => entry.File).ToList())
            {
                string name = (entry.FirstOrDefault(static candidate => !candidate.Name!.IsDosOnly) ?? entry.First()).Name!.Name;
                Delete(entry.Key, VolumePath.Combine(path, name), depth + 1);
            }

            volume = Open();
            file = volume.OpenFile(reference);
        }

        RequireDeletable(volume, file, path);
        List<FileName> names = [.. file.Names];
        foreach (FileName name in names)
        {
            NtfsVolume now = Open();
            new FolderIndexEditor(now, now.OpenFile(name.Folder)).Remove(name, reference);
        }

        NtfsFile folder = Open().OpenFile(names[0].Folder);
        long time = _now.ToFileTime();
        volume.RewriteRecord(folder.Number, record => RecordEditor.Touch(record, Information(volume, folder), time));
        foreach (NtfsAttribute attribute in file.OwnAttributes.Where(static attribute => !attribute.IsResident))
        {
            FreeClusters(volume, RunList.Decode(attribute, volume, path, file.Number));
        }

        NtfsVolume last = Open();
        BitEditor.Clear(last, last.OpenFile(0), AttributeType.Bitmap, string.Empty, file.Number, 1);
        last.RewriteRecord(file.Number, RecordEditor.Free);
    }

    /// <summary>Refuses what more than folder, record and bitmaps tell of.</summary>
    private void RequireDeletable(NtfsVolume volume, NtfsFile file, string path)
    {
        List<FileName> names = [.. file.Names];
        string? reason = file.HasAttributeList ? "what it is made of lies in several records"
            : names.Count == 0 || names.Exists(name => name.Folder != names[0].Folder) || names.Count(static name => !name.IsDosOnly) > 1 ? "it has other names too (hard links)"
            : names.Count(static name => name.IsDosOnly) > 1 ? "it has several short names"
            : file.OwnAttributes.Any(static attribute => attribute.Type == AttributeType.ObjectId) ? "it has an object identifier, which is listed elsewhere too"
            : file.OwnAttributes.Any(static attribute => attribute.Type == AttributeType.ReparsePoint) ? "it has a reparse point, which is listed elsewhere too"
            : Information(volume, file).Value.Span is { Length: >= QuotaCharged + sizeof(long) } information && BinaryPrimitives.ReadInt64LittleEndian(information.Slice(QuotaCharged)) != 0 ? "it counts for somebody's quota"
            : file.IsDirectory && !new FolderIndexEditor(volume, file).IsEmpty ? "not all that is in it could be deleted"
            : null;
        if (reason is not null)
        {
            throw Refuse(path, reason);
        }
    }

    private void FreeClusters(NtfsVolume volume, IEnumerable<FileRun> runs)
    {
        NtfsFile bitmap = volume.OpenFile(BitmapRecord);
        int size = volume.Boot.ClusterSize;
        foreach (FileRun run in runs.Where(static run => run.VolumeOffset != FileRun.Hole))
        {
            BitEditor.Clear(volume, bitmap, AttributeType.Data, string.Empty, run.VolumeOffset / size, run.Length / size);
        }
    }
}
