using System.Buffers.Binary;

namespace AzImageTools.Disks.Volumes.Ext;

/// <summary>The first block of a journal (Linux kernel, Documentation/filesystems/ext4, "Journal (jbd2)"; big-endian).</summary>
internal sealed class JournalSuperblock
{
    public const uint Magic = 0xC03B_3998;

    private const int Size = 1024;
    private const int ChecksumOffset = 0xFC;
    private const int Version1 = 3;
    private const int Version2 = 4;
    private const uint WholeTransactionChecksums = 0x1;
    private const uint Wide = 0x2;
    private const uint Checksums2 = 0x8;
    private const uint Checksums3 = 0x10;
    private const uint FastCommits = 0x20;
    private const uint Supported = 0x1 | Wide | 0x4 | Checksums2 | Checksums3 | FastCommits;
    private const int DefaultFastCommitBlocks = 256;

    // mke2fs(8), "size=": the largest journal.
    private const uint MaximumBlocks = 10_240_000;

    private readonly byte[] _bytes;
    private readonly uint _features;

    private JournalSuperblock(byte[] stored)
    {
        ReadOnlySpan<byte> bytes = stored;
        _bytes = stored;
        BlockSize = UInt32(bytes, 0xC);
        uint blocks = UInt32(bytes, 0x10);
        First = UInt32(bytes, 0x14);
        Sequence = UInt32(bytes, 0x18);
        Start = UInt32(bytes, 0x1C);
        _features = UInt32(bytes, 0x4) == Version2 ? UInt32(bytes, 0x28) : 0;
        Identifier = bytes.Slice(0x30, 16).ToArray();
        uint fast = (_features & FastCommits) == 0 ? 0 : UInt32(bytes, 0x54) is uint told and not 0 ? told : DefaultFastCommitBlocks;
        Blocks = blocks;
        End = blocks > fast ? blocks - fast : 0;
    }

    /// <summary>The magic as it is stored.</summary>
    public static ReadOnlySpan<byte> MagicBytes => [0xC0, 0x3B, 0x39, 0x98];

    public uint BlockSize { get; }

    /// <summary>How many blocks the journal has.</summary>
    public uint Blocks { get; }

    /// <summary>The log's first block.</summary>
    public uint First { get; }

    /// <summary>
    /// The block behind the log's last one. What follows are fast commits: what they tell came after the last whole
    /// transaction, and is left out.
    /// </summary>
    public uint End { get; }

    /// <summary>The number of the first transaction to carry out.</summary>
    public uint Sequence { get; }

    /// <summary>Where it begins; 0 where there is none.</summary>
    public uint Start { get; }

    public byte[] Identifier { get; }

    public bool IsWide => (_features & Wide) != 0;

    public bool HasChecksums => (_features & (Checksums2 | Checksums3)) != 0;

    /// <summary>The bytes of a tag in a descriptor block ("Block Tag"; jbd2's journal_tag_bytes).</summary>
    public int TagSize => HasLargeTags ? 16 : 8 + (IsWide ? 4 : 0) + (HasChecksums ? 2 : 0);

    /// <summary>Whether tags have the form of the third kind of checksums.</summary>
    public bool HasLargeTags => (_features & Checksums3) != 0;

    /// <summary>Why the journal must not be carried out by us, as part of a sentence; null where it can be.</summary>
    public string? CarriedOutNotBecause => (_features & FastCommits) != 0 && Start != 0 ? "it may hold fast commits, which are not followed"
        : UInt32(_bytes, 0x4) == Version2 && (UInt32(_bytes, 0x24) & WholeTransactionChecksums) != 0 && Start != 0 ? "its transactions carry checksums of an old form"
        : UInt32(_bytes, 0x20) != 0 ? "Linux noted an error in it"
        : null;

    /// <summary>What a tag in a descriptor block holds of its block's checksum: all of it, or the lower half ("Block Tag"); 0 where it holds none.</summary>
    public uint ChecksumOf(ReadOnlySpan<byte> tag)
        => HasLargeTags ? UInt32(tag, 12) : (_features & Checksums2) != 0 ? BinaryPrimitives.ReadUInt16BigEndian(tag.Slice(4)) : 0u;

    /// <summary>Whether a block's content in the journal is as it was written.</summary>
    public bool HasRightChecksum(JournalledBlock block, ReadOnlySpan<byte> content)
    {
        if (!HasChecksums)
        {
            return true;
        }

        byte[] sequence = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(sequence, block.Transaction);
        ReflectedCrc32 castagnoli = ReflectedCrc32.Castagnoli;
        uint checksum = castagnoli.Append(castagnoli.Append(castagnoli.Append(uint.MaxValue, Identifier), sequence), content);
        return block.Checksum == (HasLargeTags ? checksum : checksum & ushort.MaxValue);
    }

    /// <summary>The superblock of the journal once it is empty.</summary>
    /// <param name="sequence">The number of the next transaction.</param>
    public byte[] Emptied(uint sequence)
    {
        byte[] bytes = [.. _bytes];
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(0x18), sequence);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(0x1C), 0);
        if (HasChecksums)
        {
            BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(ChecksumOffset), ~ReflectedCrc32.Castagnoli.ComputeWithout(bytes, ChecksumOffset));
        }

        return bytes;
    }

    public static JournalSuperblock Read(ExtVolume volume, FileContent journal)
    {
        byte[] bytes = new byte[Size];
        journal.Read(0, bytes);
        JournalSuperblock superblock = new(bytes);
        return superblock.FindProblem(volume, journal, bytes) is { } problem ? throw volume.Damaged(problem, "ext4, Journal Super Block") : superblock;
    }

    private static uint UInt32(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt32BigEndian(bytes.Slice(offset));

    private string? FindProblem(ExtVolume volume, FileContent journal, byte[] bytes)
    {
        if (UInt32(bytes, 0) != Magic || UInt32(bytes, 4) is not (Version1 or Version2))
        {
            return "The journal has no superblock.";
        }

        if ((_features & ~Supported) != 0)
        {
            return $"The journal uses features that are not supported: 0x{_features & ~Supported:X}.";
        }

        if (HasChecksums && ~ReflectedCrc32.Castagnoli.ComputeWithout(bytes, ChecksumOffset) != UInt32(bytes, ChecksumOffset))
        {
            return "The checksum of the journal's superblock is wrong.";
        }

        bool isSound = BlockSize == volume.Superblock.BlockSize
            && Blocks <= Math.Min(MaximumBlocks, journal.Length / BlockSize)
            && First > 0 && First < End
            && (Start == 0 || (Start >= First && Start < End));
        return isSound ? null : "The numbers of the journal's superblock contradict each other.";
    }
}
