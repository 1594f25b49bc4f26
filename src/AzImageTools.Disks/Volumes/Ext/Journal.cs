using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace AzImageTools.Disks.Volumes.Ext;

/// <summary>
/// A volume's journal (Linux kernel, Documentation/filesystems/ext4, "Journal (jbd2)"; big-endian). For who reads it is not carried
/// out but laid over the volume: only where each block's newest content lies is kept. The checksums of its descriptor, revoke
/// and commit blocks end the log where they are wrong; those of the blocks it keeps are verified only where it is carried out, which
/// reads all of it.
/// </summary>
internal sealed class Journal
{
    private const int HeaderSize = 12;
    private const int IdentifierSize = 16;
    private const int MaximumEntries = 1 << 20;
    private const int DescriptorBlock = 1;
    private const int CommitBlock = 2;
    private const int RevokeBlock = 5;
    private const int Escaped = 0x1;
    private const int SameIdentifier = 0x2;
    private const int LastTag = 0x8;

    private readonly ExtVolume _volume;
    private readonly FileContent _content;
    private readonly JournalSuperblock _superblock;
    private readonly Dictionary<long, JournalledBlock> _written = [];
    private readonly Dictionary<long, uint> _revoked = [];
    private readonly Dictionary<long, JournalledBlock> _writing = [];
    private readonly HashSet<long> _revoking = [];

    // The journal's identifier, which checksums begin with, and the block read last.
    private readonly byte[] _buffer;

    private Journal(ExtVolume volume, FileContent content)
    {
        _volume = volume;
        _content = content;
        _superblock = JournalSuperblock.Read(volume, content);
        _buffer = [.. _superblock.Identifier, .. new byte[_superblock.BlockSize]];
    }

    private Span<byte> Block => _buffer.AsSpan(IdentifierSize);

    public static Journal Open(ExtVolume volume)
    {
        uint number = volume.Superblock.JournalInode;
        if (number == 0)
        {
            throw volume.Damaged("It needs recovery from a journal on another device.", "ext4, Journal (jbd2)");
        }

        Inode inode = volume.ReadInode(number);
        return inode.IsFile
            ? new Journal(volume, volume.OpenContent(inode, volume.Source, "the journal"))
            : throw volume.Damaged("Its journal is not a file.", "ext4, Journal (jbd2)");
    }

    /// <summary>The volume as it is once the journal's whole transactions are carried out; null where there are none.</summary>
    public IByteSource? Replay()
    {
        _ = Follow();
        return _written.Count == 0 ? null : new RecoveredByteSource(_volume.Source, _written, _content, (int)_superblock.BlockSize);
    }

    /// <summary>Writes what the journal's whole transactions hold to where it belongs, and empties the journal, as Linux does at the next mount.</summary>
    /// <exception cref="DiskRepairException">It holds what is not carried out.</exception>
    public void CarryOut()
    {
        if (_superblock.CarriedOutNotBecause is { } reason)
        {
            throw new DiskRepairException(
                DiskRepairProblem.VolumeNotRepairable,
                _volume.Source.Name,
                $"{_volume.Source.Name} was not unmounted, and its journal can't be played back: {reason}. Nothing was changed.",
                "Start the guest once and shut it down.");
        }

        uint end = Follow();
        List<(long Offset, byte[] Content)> blocks = [];
        foreach (KeyValuePair<long, JournalledBlock> written in _written.OrderBy(static written => written.Key))
        {
            _volume.Metadata.Budget.Allocate(_superblock.BlockSize, "a block of the journal", written.Value.JournalBlock);
            byte[] content = new byte[_superblock.BlockSize];
            _content.Read((long)written.Value.JournalBlock * content.Length, content);
            if (!_superblock.HasRightChecksum(written.Value, content))
            {
                throw _volume.Damaged($"The checksum of block {written.Value.JournalBlock} of the journal is wrong.", "ext4, Journal (jbd2)");
            }

            if (written.Value.IsEscaped)
            {
                JournalSuperblock.MagicBytes.CopyTo(content);
            }

            blocks.Add((written.Key >= 0 && written.Key < _volume.Superblock.BlockCount ? written.Key * content.Length : throw _volume.Damaged($"The journal holds block {written.Key}, and there are {_volume.Superblock.BlockCount}.", "ext4, Journal (jbd2)"), content));
        }

        byte[] emptied = _superblock.Emptied(end + 1);
        long place = _content.Locate(0) ?? throw _volume.Damaged("The journal has no superblock.", "ext4, Journal (jbd2)");
        foreach ((long offset, byte[] content) in blocks)
        {
            _volume.Write(offset, content);
        }

        _volume.Write(place, emptied);
    }

    /// <summary>Goes through the log; the number of the first transaction that is not whole.</summary>
    private uint Follow()
    {
        uint block = _superblock.Start;
        uint transaction = _superblock.Sequence;
        for (long left = _superblock.Start == 0 ? 0 : _superblock.End - _superblock.First; left > 0; left--)
        {
            _content.Budget.Work(_superblock.BlockSize, "a block of the journal", block);
            _content.Read((long)block * _superblock.BlockSize, Block);
            uint magic = UInt32(0);
            uint kind = UInt32(4);
            if (magic != JournalSuperblock.Magic || UInt32(8) != transaction || !HasRightChecksum(kind))
            {
                break;
            }

            block = Next(block);
            if (kind == CommitBlock)
            {
                Commit(transaction++);
            }
            else if (kind == RevokeBlock)
            {
                Revoke();
            }
            else
            {
                left -= Describe(transaction, ref block);
            }

            if (_written.Count + _revoked.Count + _writing.Count + _revoking.Count > MaximumEntries)
            {
                throw _volume.Damaged("Its journal holds more changes than are followed.", "ext4, Journal (jbd2)");
            }
        }

        // A block that was revoked later than it was written had become something else, that no journal kept.
        foreach (KeyValuePair<long, uint> revoked in _revoked)
        {
            if (_written.TryGetValue(revoked.Key, out JournalledBlock written) && (int)(revoked.Value - written.Transaction) >= 0)
            {
                _written.Remove(revoked.Key);
            }
        }

        return transaction;
    }

    private uint UInt32(int offset) => BinaryPrimitives.ReadUInt32BigEndian(Block.Slice(offset));

    private uint Next(uint block) => block + 1 == _superblock.End ? _superblock.First : block + 1;

    private void Commit(uint transaction)
    {
        foreach (KeyValuePair<long, JournalledBlock> writing in _writing)
        {
            _written[writing.Key] = writing.Value;
        }

        foreach (long revoking in _revoking)
        {
            _revoked[revoking] = transaction;
        }

        _writing.Clear();
        _revoking.Clear();
    }

    private void Revoke()
    {
        const int FirstEntry = 16;
        int entrySize = _superblock.IsWide ? sizeof(long) : sizeof(int);
        long end = Math.Min(UInt32(HeaderSize), Block.Length);
        for (int offset = FirstEntry; offset <= end - entrySize; offset += entrySize)
        {
            _revoking.Add(_superblock.IsWide ? BinaryPrimitives.ReadInt64BigEndian(Block.Slice(offset)) : UInt32(offset));
        }
    }

    /// <summary>Takes in the blocks that a descriptor block announces, which follow it.</summary>
    private int Describe(uint transaction, ref uint block)
    {
        int end = Block.Length - (_superblock.HasChecksums ? sizeof(uint) : 0);
        int count = 0;
        int offset = HeaderSize;
        while (offset <= end - _superblock.TagSize)
        {
            int flags = _superblock.HasLargeTags ? (int)UInt32(offset + 4) : BinaryPrimitives.ReadUInt16BigEndian(Block.Slice(offset + 6));
            long target = UInt32(offset) | (_superblock.IsWide ? (long)UInt32(offset + 8) << 32 : 0);
            _writing[target] = new JournalledBlock(transaction, block, (flags & Escaped) != 0, _superblock.ChecksumOf(Block.Slice(offset)));
            block = Next(block);
            count++;
            offset += _superblock.TagSize + ((flags & SameIdentifier) != 0 ? 0 : IdentifierSize);
            if ((flags & LastTag) != 0)
            {
                break;
            }
        }

        return count;
    }

    /// <summary>Whether it is a block of a known kind, as it was written.</summary>
    private bool HasRightChecksum(uint kind)
    {
        const int CommitChecksum = 16;
        if (kind is not (DescriptorBlock or CommitBlock or RevokeBlock))
        {
            return false;
        }

        int offset = kind == CommitBlock ? CommitChecksum : Block.Length - sizeof(uint);
        return !_superblock.HasChecksums || ~ReflectedCrc32.Castagnoli.ComputeWithout(_buffer, IdentifierSize + offset) == UInt32(offset);
    }
}

/// <summary>A block of the volume whose newer content lies in the journal.</summary>
/// <param name="Transaction">The transaction that wrote it.</param>
/// <param name="JournalBlock">Where its content lies, as a block of the journal.</param>
/// <param name="IsEscaped">Whether its first four bytes, which are the journal's own magic, are left out there.</param>
/// <param name="Checksum">The checksum of its content there, as far as it is kept.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct JournalledBlock(uint Transaction, uint JournalBlock, bool IsEscaped, uint Checksum);
