using System.Buffers.Binary;

namespace AzImageTools.Disks.Volumes.Ext;

/// <summary>A file's or folder's record while it is changed (ext4, "Index Nodes"; all positions in bytes).</summary>
internal sealed class InodeDraft(ulong number, byte[] bytes)
{
    /// <summary>i_flags: its content has extents.</summary>
    public const uint ExtentsFlag = 0x8_0000;

    /// <summary>i_flags: its folder has an index by hashes.</summary>
    public const uint IndexFlag = 0x1000;

    public const int OriginalSize = 128;

    private const int ExtraSizeOffset = 0x80;
    private const uint ImmutableFlag = 0x10;
    private const uint AppendFlag = 0x20;
    private const uint EncryptedFlag = 0x800;
    private const uint CompressedFlag = 0x4;
    private const uint HugeFlag = 0x4_0000;
    private const uint VerityFlag = 0x10_0000;
    private const uint AttributeFlag = 0x20_0000;
    private const uint InlineFlag = 0x1000_0000;
    private const uint CaseFoldedFlag = 0x4000_0000;

    public ulong Number => number;

    public byte[] Bytes => bytes;

    public Span<byte> Map => bytes.AsSpan(Inode.MapOffset, Inode.MapSize);

    public int Links
    {
        get => BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(0x1A));
        set => BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(0x1A), (ushort)value);
    }

    public uint Flags
    {
        get => Get(0x20);
        set => Set(0x20, value);
    }

    public uint Generation => Get(0x64);

    public bool HasExtents => (Flags & ExtentsFlag) != 0;

    public long Length
    {
        get => Get(0x4) | ((long)Get(0x6C) << 32);
        set
        {
            Set(0x4, (uint)value);
            Set(0x6C, (uint)(value >> 32));
        }
    }

    /// <summary>How many sectors of 512 bytes it takes, or blocks of the volume where it is marked as huge.</summary>
    public long Sectors
    {
        get => Get(0x1C) | ((long)BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(0x74)) << 32);
        set
        {
            Set(0x1C, (uint)value);
            BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(0x74), (ushort)(value >> 32));
        }
    }

    /// <summary>When it was deleted, in seconds; of an orphan, the next one's number.</summary>
    public uint DeletionTime
    {
        get => Get(0x14);
        set => Set(0x14, value);
    }

    /// <summary>The block with further extended attributes; 0 where there is none.</summary>
    public long AttributeBlock
    {
        get => Read().AttributeBlock;
        set
        {
            Set(0x68, (uint)value);
            BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(0x76), (ushort)(value >> 32));
        }
    }

    public int ExtraSize => bytes.Length > OriginalSize ? BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(ExtraSizeOffset)) : 0;

    /// <summary>Why it can't be deleted, as part of a sentence; null where it can.</summary>
    public string? KeptBecause => (Flags & (ImmutableFlag | AppendFlag)) != 0 ? "it is marked as immutable, or as one that is only added to (chattr)"
        : (Flags & AttributeFlag) != 0 ? "it holds another file's extended attribute"
        : null;

    /// <summary>Why its content or names can't be changed, as part of a sentence; null where they can.</summary>
    public string? FixedBecause => KeptBecause
        ?? ((Flags & EncryptedFlag) != 0 ? "it is encrypted"
        : (Flags & CompressedFlag) != 0 && !HasExtents ? "it is compressed"
        : (Flags & VerityFlag) != 0 ? "it is sealed by fs-verity"
        : (Flags & HugeFlag) != 0 ? "it counts its blocks as huge files do"
        : null);

    /// <summary>Whether its content, or what a folder holds, lies in the record itself.</summary>
    public bool IsInline => (Flags & InlineFlag) != 0;

    public bool IsCaseFolded => (Flags & CaseFoldedFlag) != 0;

    /// <summary>The record as readers see it.</summary>
    public Inode Read() => new((uint)number, bytes);

    /// <summary>Tells that its content was changed, and so the record.</summary>
    public void TouchContent(DateTimeOffset now)
    {
        SetTime(0x10, 0x88, now);
        TouchRecord(now);
    }

    /// <summary>Tells that the record was changed.</summary>
    public void TouchRecord(DateTimeOffset now) => SetTime(0xC, 0x84, now);

    /// <summary>Tells when it was made.</summary>
    public void SetCreated(DateTimeOffset now)
    {
        SetTime(0x8, 0x8C, now);
        TouchContent(now);
        if (ExtraSize >= 0x98 - OriginalSize)
        {
            SetTime(0x90, 0x94, now);
        }
    }

    private void SetTime(int secondsOffset, int extraOffset, DateTimeOffset time)
    {
        const int NanosecondsPerTick = 100;
        long seconds = time.ToUnixTimeSeconds();
        Set(secondsOffset, (uint)seconds);
        if (ExtraSize >= extraOffset + sizeof(uint) - OriginalSize)
        {
            uint nanoseconds = (uint)(time.Ticks % TimeSpan.TicksPerSecond) * NanosecondsPerTick;
            long epoch = (seconds - (int)seconds) >> 32;
            Set(extraOffset, (nanoseconds << 2) | (uint)(epoch & 3));
        }
    }

    private uint Get(int offset) => BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(offset));

    private void Set(int offset, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(offset), value);
}
