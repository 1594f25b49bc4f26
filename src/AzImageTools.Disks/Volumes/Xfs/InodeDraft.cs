using System.Buffers.Binary;

namespace AzImageTools.Disks.Volumes.Xfs;

/// <summary>A file's or folder's record while it is changed (XFS Algorithms &amp; Data Structures, "On-disk Inode"; all positions in bytes).</summary>
internal sealed class InodeDraft
{
    private const int ChecksumOffset = 100;
    private const int ChangeCountOffset = 104;
    private const int FlagsOffset = 90;
    private const int Flags2Offset = 120;
    private const int RealtimeFlag = 0x1;
    private const int ImmutableFlag = 0x8;
    private const int AppendFlag = 0x10;
    private const ulong SharedFlag = 0x2;
    private const ulong BigTimeFlag = 0x8;
    private const int WriteTimeOffset = 40;
    private const int ChangeTimeOffset = 48;

    private readonly long _offset;

    private InodeDraft(long offset, byte[] bytes)
    {
        _offset = offset;
        Bytes = bytes;
    }

    public byte[] Bytes { get; }

    public long Length
    {
        get => BinaryPrimitives.ReadInt64BigEndian(Bytes.AsSpan(56));
        set => BinaryPrimitives.WriteInt64BigEndian(Bytes.AsSpan(56), value);
    }

    /// <summary>How many names it has; a folder also those that its subfolders have for it.</summary>
    public uint Links
    {
        get => Bytes[4] == 1 ? BinaryPrimitives.ReadUInt16BigEndian(Bytes.AsSpan(6)) : BinaryPrimitives.ReadUInt32BigEndian(Bytes.AsSpan(16));
        set
        {
            if (Bytes[4] == 1)
            {
                BinaryPrimitives.WriteUInt16BigEndian(Bytes.AsSpan(6), (ushort)value);
            }
            else
            {
                BinaryPrimitives.WriteUInt32BigEndian(Bytes.AsSpan(16), value);
            }
        }
    }

    /// <summary>Where what it has for its content begins.</summary>
    public int ForkStart => IsVersion3 ? 176 : 100;

    /// <summary>Why its content can't be changed, as part of a sentence; null where it can.</summary>
    public string? FixedBecause => (Flags & (ImmutableFlag | AppendFlag)) != 0 ? "it is marked as immutable, or as one that is only added to (chattr)"
        : (Flags & RealtimeFlag) != 0 ? "it lies in the volume's realtime section"
        : (Flags2 & SharedFlag) != 0 ? "it may share blocks with copies of it (reflink)"
        : null;

    private bool IsVersion3 => Bytes[4] >= 3;

    private int Flags => BinaryPrimitives.ReadUInt16BigEndian(Bytes.AsSpan(FlagsOffset));

    private ulong Flags2 => IsVersion3 ? BinaryPrimitives.ReadUInt64BigEndian(Bytes.AsSpan(Flags2Offset)) : 0;

    /// <summary>Reads an inode, which must be in use.</summary>
    public static InodeDraft Read(XfsVolume volume, ulong number)
    {
        _ = volume.ReadInode(number);
        byte[] bytes = new byte[volume.Superblock.InodeSize];
        long offset = volume.OffsetOfInode(number);
        volume.Metadata.Read(offset, bytes);
        return new InodeDraft(offset, bytes);
    }

    /// <summary>Tells that the content was changed, and so the record.</summary>
    public void Touch(DateTimeOffset now)
    {
        SetTime(WriteTimeOffset, now);
        TouchRecord(now);
    }

    /// <summary>Tells that the record was changed.</summary>
    public void TouchRecord(DateTimeOffset now)
    {
        SetTime(ChangeTimeOffset, now);
        if (IsVersion3)
        {
            Span<byte> count = Bytes.AsSpan(ChangeCountOffset);
            BinaryPrimitives.WriteUInt64BigEndian(count, BinaryPrimitives.ReadUInt64BigEndian(count) + 1);
        }
    }

    /// <summary>Makes it one that is not in use (Linux, xfs_ifree): what it held was given back.</summary>
    public void Clear(DateTimeOffset now)
    {
        const int Generation = 92;
        TouchRecord(now);
        Links = 0;
        Length = 0;
        Bytes.AsSpan(2, 2).Clear();
        Bytes[5] = (byte)InodeFormat.Extents;
        if (IsVersion3)
        {
            // The larger counters of extents.
            Bytes.AsSpan(24, 8).Clear();
        }

        // How many blocks, the preferred size of extents, and the counters of extents; then where attributes begin, and flags.
        Bytes.AsSpan(64, 18).Clear();
        Bytes[82] = 0;
        Bytes[83] = (byte)InodeFormat.Extents;
        Bytes.AsSpan(FlagsOffset, 2).Clear();
        Span<byte> generation = Bytes.AsSpan(Generation);
        BinaryPrimitives.WriteUInt32BigEndian(generation, BinaryPrimitives.ReadUInt32BigEndian(generation) + 1);
        Bytes.AsSpan(ForkStart).Clear();
    }

    public void Write(XfsVolume volume)
    {
        if (IsVersion3)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(Bytes.AsSpan(ChecksumOffset), ReflectedCrc32.Castagnoli.ComputeWithout(Bytes, ChecksumOffset));
        }

        volume.Write(_offset, Bytes);
    }

    private void SetTime(int offset, DateTimeOffset time)
    {
        const int NanosecondsPerTick = 100;
        const ulong NanosecondsPerSecond = 1_000_000_000;
        long seconds = time.ToUnixTimeSeconds();
        uint nanoseconds = (uint)(time.Ticks % TimeSpan.TicksPerSecond) * NanosecondsPerTick;
        ulong stored = (Flags2 & BigTimeFlag) != 0
            ? ((ulong)(seconds - int.MinValue) * NanosecondsPerSecond) + nanoseconds
            : ((ulong)(uint)(int)Math.Max(int.MinValue, Math.Min(int.MaxValue, seconds)) << 32) | nanoseconds;
        BinaryPrimitives.WriteUInt64BigEndian(Bytes.AsSpan(offset), stored);
    }
}
