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
        SetTime(ChangeTimeOffset, now);
        if (IsVersion3)
        {
            Span<byte> count = Bytes.AsSpan(ChangeCountOffset);
            BinaryPrimitives.WriteUInt64BigEndian(count, BinaryPrimitives.ReadUInt64BigEndian(count) + 1);
        }
    }

    public void Write(IWritableBytes target)
    {
        if (IsVersion3)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(Bytes.AsSpan(ChecksumOffset), ReflectedCrc32.Castagnoli.ComputeWithout(Bytes, ChecksumOffset));
        }

        target.Write(_offset, Bytes);
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
