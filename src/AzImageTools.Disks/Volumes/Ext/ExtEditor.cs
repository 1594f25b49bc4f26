using System.Buffers.Binary;

namespace AzImageTools.Disks.Volumes.Ext;

/// <summary>
/// A volume in a draft of a change: its inodes and space, with the checksums of all that is written. Where its journal must be played
/// back, and files are left over that were open when the machine stopped, that is done first, as Linux does when it mounts the volume.
/// </summary>
internal sealed class ExtEditor
{
    private const int StateOffset = 0x3A;
    private const int CleanlyUnmounted = 0x1;
    private const int ErrorsFound = 0x2;
    private const int FeaturesOffset = 0x60;
    private const int ChecksumOffset = 0x3FC;
    private const uint DefaultFirstInode = 11;

    private readonly byte[] _superblock = new byte[Superblock.Size];

    private ExtEditor(ExtVolume volume)
    {
        Volume = volume;
        volume.Source.Read(Superblock.Offset, _superblock);
        Checksums = new ExtChecksums(volume.Superblock, _superblock);
        Space = new SpaceDraft(volume, Checksums);
    }

    public ExtVolume Volume { get; }

    public ExtChecksums Checksums { get; }

    public SpaceDraft Space { get; }

    /// <summary>The first inode that files may have.</summary>
    public uint FirstInode => UInt32(0x4C) == 0 ? DefaultFirstInode : Math.Max(DefaultFirstInode, UInt32(0x54));

    /// <summary>The superblock's bytes, to be changed; <see cref="Save"/> writes them.</summary>
    public byte[] SuperblockBytes => _superblock;

    /// <summary>Makes a volume ready to be changed.</summary>
    /// <param name="draft">The volume, on an overlay.</param>
    /// <param name="now">When that is.</param>
    /// <exception cref="DiskRepairException">It is in a state in which it must not be written, or has features that are not written.</exception>
    /// <exception cref="DiskFormatException">It is damaged.</exception>
    public static ExtEditor Open(IByteSource draft, DateTimeOffset now)
    {
        ExtVolume stored = ExtVolume.OpenStored(draft);
        ExtEditor editor = new(stored);
        bool isRecovered = stored.Superblock.Has(ExtFeatures.NeedsRecovery);
        if (isRecovered)
        {
            Journal.Open(stored).CarryOut();
            editor = new ExtEditor(ExtVolume.OpenStored(draft));
            editor.ClearRecovery();
        }

        if (editor.RefusedBecause is { } reason)
        {
            throw new DiskRepairException(DiskRepairProblem.VolumeNotRepairable, draft.Name, $"{draft.Name} must not be written: {reason}. Nothing was changed.", "Let the guest check it (e2fsck), and shut it down.");
        }

        Orphans.Remove(editor, now);
        if (isRecovered)
        {
            editor.CountAnew();
        }

        return editor;
    }

    /// <summary>An inode, to be changed; <see cref="Write(InodeDraft)"/> writes it.</summary>
    public InodeDraft ReadInode(ulong number)
    {
        if (number == 0 || number > Volume.Superblock.InodeCount)
        {
            throw Volume.Damaged($"Inode {number} is referred to, and there are {Volume.Superblock.InodeCount}.", "ext4, Inode Table");
        }

        Volume.Metadata.Budget.Visit("an inode", (long)number);
        byte[] bytes = new byte[Volume.Superblock.InodeSize];
        Volume.Metadata.Read(Volume.Locate(number), bytes);
        InodeDraft inode = new(number, bytes);
        if (!Checksums.IsSealed(number, bytes))
        {
            throw Volume.Damaged($"The checksum of inode {number} is wrong.", "ext4, Index Nodes");
        }

        return inode.ExtraSize <= bytes.Length - InodeDraft.OriginalSize
            ? inode
            : throw Volume.Damaged($"Inode {number} is said to be longer than it can be.", "ext4, Index Nodes");
    }

    public void Write(InodeDraft inode)
    {
        Checksums.Seal(inode.Number, inode.Bytes);
        Volume.Write(Volume.Locate(inode.Number), inode.Bytes);
    }

    /// <summary>Writes what is kept of groups and superblock.</summary>
    public void Save()
    {
        Space.Save();
        AddToCount(0xC, Volume.Superblock.Has(ExtFeatures.Wide) ? 0x158 : null, Space.BlocksFreed);
        AddToCount(0x10, null, Space.InodesFreed);
        if (Checksums.HasMetadata)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(_superblock.AsSpan(ChecksumOffset), ExtChecksums.OfSuperblock(_superblock.AsSpan(0, ChecksumOffset)));
        }

        Volume.Write(Superblock.Offset, _superblock);
    }

    public DiskRepairException Refuse(InodeDraft inode, string reason) => Refuse($"inode {inode.Number}", reason);

    public DiskRepairException Refuse(string path, string reason)
        => new(DiskRepairProblem.FileNotRepairable, path, $"{path} on {Volume.Source.Name} can't be changed: {reason}. Nothing was changed.");

    private string? RefusedBecause
    {
        get
        {
            Superblock superblock = Volume.Superblock;
            int state = BinaryPrimitives.ReadUInt16LittleEndian(_superblock.AsSpan(StateOffset));
            ExtReadOnlyFeatures unknown = superblock.ReadOnlyFeatures & ~ExtReadOnlyFeatures.Plain;
            return (state & ErrorsFound) != 0 ? "errors were found in it, and it needs a check"
                : (state & CleanlyUnmounted) == 0 ? "it was not unmounted"
                : unknown != ExtReadOnlyFeatures.None ? "it has features that are not known"
                : superblock.Has(ExtReadOnlyFeatures.ReadOnly) ? "it is marked as one that is only read"
                : superblock.Has(ExtReadOnlyFeatures.Clusters) ? "its blocks are allocated in clusters (bigalloc), which is not supported"
                : UInt32(0x48) != 0 ? "another system than Linux made it"
                : null;
        }
    }

    private void ClearRecovery()
        => BinaryPrimitives.WriteUInt32LittleEndian(_superblock.AsSpan(FeaturesOffset), UInt32(FeaturesOffset) & ~(uint)ExtFeatures.NeedsRecovery);

    /// <summary>What is free, as the groups have it: while a volume is mounted, its superblock falls behind.</summary>
    private void CountAnew()
    {
        (long blocks, long inodes) = Space.CountFree();
        BinaryPrimitives.WriteUInt32LittleEndian(_superblock.AsSpan(0xC), (uint)(blocks - Space.BlocksFreed));
        if (Volume.Superblock.Has(ExtFeatures.Wide))
        {
            BinaryPrimitives.WriteUInt32LittleEndian(_superblock.AsSpan(0x158), (uint)((blocks - Space.BlocksFreed) >> 32));
        }

        BinaryPrimitives.WriteUInt32LittleEndian(_superblock.AsSpan(0x10), (uint)(inodes - Space.InodesFreed));
    }

    private void AddToCount(int low, int? high, long added)
    {
        long count = UInt32(low) + (high is { } offset ? (long)UInt32(offset) << 32 : 0) + added;
        if (count < 0)
        {
            throw Volume.Damaged("Its superblock has less as free than its groups.", "ext4, The Super Block");
        }

        BinaryPrimitives.WriteUInt32LittleEndian(_superblock.AsSpan(low), (uint)count);
        if (high is { } second)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(_superblock.AsSpan(second), (uint)(count >> 32));
        }
    }

    private uint UInt32(int offset) => BinaryPrimitives.ReadUInt32LittleEndian(_superblock.AsSpan(offset));
}
