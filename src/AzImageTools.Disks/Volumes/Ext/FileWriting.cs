using System.Buffers.Binary;
using System.Text;

namespace AzImageTools.Disks.Volumes.Ext;

/// <summary>Gives files their content, and makes files.</summary>
internal static class FileWriting
{
    private const int TypeOfFiles = 0x8000;
    private const int LongestName = 255;
    private const int UsualExtraSize = 32;
    private const int WantedExtraSizeOffset = 0x15E;
    private static readonly AttributeName Label = new("security", "selinux");

    /// <summary>Gives a file another content.</summary>
    public static void Rewrite(ExtEditor editor, string path, ReadOnlyMemory<byte> content, DateTimeOffset now)
    {
        Inode? found = new PathWalker<Inode>(editor.Volume).Find(path, followLast: true);
        if (found is not { IsFile: true })
        {
            throw new FileNotFoundException($"There is no file '{path}' on {editor.Volume.Source.Name}.", path);
        }

        InodeDraft inode = editor.ReadInode(found.Number);
        string? reason = inode.Number < editor.FirstInode ? "it is the volume's own"
            : inode.FixedBecause ?? (inode.IsInline ? "it is so small that it lies in its inode" : null);
        if (reason is not null)
        {
            throw editor.Refuse(path, reason);
        }

        SetContent(editor, inode, FileMap.Read(editor, inode), content.Span);
        inode.TouchContent(now);
        editor.Write(inode);
    }

    /// <summary>Makes a file in a folder.</summary>
    public static void Create(ExtEditor editor, string path, ReadOnlyMemory<byte> content, NewFile file, DateTimeOffset now)
    {
        string[] names = VolumePath.Split(path);
        byte[] name = names.Length == 0 ? [] : Encoding.UTF8.GetBytes(names[names.Length - 1]);
        PathWalker<Inode> paths = new(editor.Volume);
        Inode? parent = paths.Find(string.Join("/", names.Take(names.Length - 1)), followLast: true);
        if (name.Length is 0 or > LongestName || names[names.Length - 1] is "." or ".." || Array.IndexOf(name, (byte)0) >= 0 || parent is not { IsDirectory: true })
        {
            throw new FileNotFoundException($"There is no folder on {editor.Volume.Source.Name} that '{path}' could be made in.", path);
        }

        if (Folder.Find(editor.Volume, parent, names[names.Length - 1]) is not null)
        {
            throw new IOException($"There is a '{path}' on {editor.Volume.Source.Name} already.");
        }

        InodeDraft folder = editor.ReadInode(parent.Number);
        if (FolderDraft.FixedBecause(folder) is { } reason)
        {
            throw editor.Refuse(path, $"of the folder that it would be in: {reason}");
        }

        InodeDraft inode = MakeInode(editor, editor.Space.TakeInode(folder.Number, editor.FirstInode), file, now);
        ReadOnlyMemory<byte>? label = file.Label ?? (file.LabelOf is { } other && paths.Find(other, followLast: false) is { } labelled ? ExtendedAttributes.Read(editor.Volume, labelled, Label) : null);
        if (label is { } bytes)
        {
            InodeAttributes.SetLabel(editor, inode, bytes.Span);
        }

        SetContent(editor, inode, map: null, content.Span);
        editor.Write(inode);
        FolderDraft.Open(editor, folder).Add(name, inode.Number);
        folder.TouchContent(now);
        editor.Write(folder);
    }

    private static InodeDraft MakeInode(ExtEditor editor, ulong number, NewFile file, DateTimeOffset now)
    {
        byte[] bytes = new byte[editor.Volume.Superblock.InodeSize];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, (ushort)(TypeOfFiles | (file.Permissions & 0xFFF)));
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(0x2), (ushort)file.Owner);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(0x78), (ushort)(file.Owner >> 16));
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(0x18), (ushort)file.Group);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(0x7A), (ushort)(file.Group >> 16));
        if (bytes.Length > InodeDraft.OriginalSize)
        {
            int wanted = BinaryPrimitives.ReadUInt16LittleEndian(editor.SuperblockBytes.AsSpan(WantedExtraSizeOffset));
            bool isPlausible = wanted >= 4 && wanted % 4 == 0 && wanted <= bytes.Length - InodeDraft.OriginalSize;
            BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(InodeDraft.OriginalSize), (ushort)(isPlausible ? wanted : UsualExtraSize));
        }

        InodeDraft inode = new(number, bytes) { Links = 1 };
        if (editor.Volume.Superblock.Has(ExtFeatures.Extents))
        {
            inode.Flags = InodeDraft.ExtentsFlag;
        }

        inode.SetCreated(now);
        return inode;
    }

    /// <summary>Writes a file's content over the blocks that it has, takes further ones where they are too few, and gives back those that are too many.</summary>
    private static void SetContent(ExtEditor editor, InodeDraft inode, FileMap? map, ReadOnlySpan<byte> content)
    {
        int blockSize = editor.Volume.Superblock.BlockSize;
        List<MappedRun> runs = FitRuns(editor, inode, map?.Runs ?? [], (content.Length + (long)blockSize - 1) / blockSize);
        if (map is null || !runs.SequenceEqual(map.Runs))
        {
            FileMapWriter.Write(editor, inode, runs, map?.Nodes ?? []);
        }

        byte[] block = new byte[blockSize];
        foreach (MappedRun run in runs)
        {
            for (long i = 0; i < run.Count; i++)
            {
                ReadOnlySpan<byte> piece = content.Slice((int)((run.First + i) * blockSize));
                piece = piece.Slice(0, Math.Min(piece.Length, blockSize));
                piece.CopyTo(block);
                block.AsSpan(piece.Length).Clear();
                editor.Volume.Write(editor.Volume.OffsetOf(run.Place + i, "a file"), block);
            }
        }

        inode.Length = content.Length;
    }

    /// <summary>As many blocks as are needed, without holes.</summary>
    private static List<MappedRun> FitRuns(ExtEditor editor, InodeDraft inode, List<MappedRun> had, long needed)
    {
        List<MappedRun> runs = [];
        foreach (MappedRun run in had)
        {
            long count = Math.Min(run.Count, needed);
            Append(runs, run.Place, count);
            needed -= count;
            if (count < run.Count)
            {
                editor.Space.Free(run.Place + count, run.Count - count);
            }
        }

        if (needed > 0)
        {
            long group = ((long)inode.Number - 1) / editor.Volume.Superblock.InodesPerGroup;
            long goal = runs.Count > 0 ? runs[runs.Count - 1].Place + runs[runs.Count - 1].Count : editor.Volume.Groups.FirstBlockOf(group);
            foreach ((long place, long count) in editor.Space.Take(goal, needed))
            {
                Append(runs, place, count);
            }
        }

        return runs;
    }

    private static void Append(List<MappedRun> runs, long place, long count)
    {
        if (count == 0)
        {
            return;
        }

        MappedRun run = new(runs.Count == 0 ? 0 : runs[runs.Count - 1].End, count, place, IsUnwritten: false);
        if (runs.Count > 0 && runs[runs.Count - 1].TryJoin(run) is { } joined)
        {
            runs[runs.Count - 1] = joined;
        }
        else
        {
            runs.Add(run);
        }
    }
}
