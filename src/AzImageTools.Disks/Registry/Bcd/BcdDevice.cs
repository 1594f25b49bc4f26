using System.Buffers.Binary;
using System.Globalization;

namespace AzImageTools.Disks.Registry.Bcd;

/// <summary>
/// A device in the boot configuration: the identifier of an object with further options (all zeros for none), and a device
/// descriptor (ReactOS boot library, BCD_DEVICE_OPTION and BL_DEVICE_DESCRIPTOR; BCDEdit notes, "Devices Partition - Data").
/// Of a partition on a hard disk it tells which one, and of one to be located by what; of others only the kind.
/// </summary>
public sealed record BcdDevice
{
    private const int HeaderSize = 32;
    private const int PartitionSize = 88;
    private const int HardDisk = 0;
    private const int GptStyle = 0;
    private const int MbrStyle = 1;
    private const int LocateSize = 44;

    // BcdDeviceLocateData: by an element, and by one whose device lies in another.
    private const int LocateElement = 0;
    private const int LocateElementChild = 2;

    private BcdDevice(BcdDeviceKind kind, Guid options)
    {
        Kind = kind;
        Options = options == Guid.Empty ? null : options;
    }

    /// <summary>Its kind.</summary>
    public BcdDeviceKind Kind { get; }

    /// <summary>The object that holds further options; null for none.</summary>
    public Guid? Options { get; }

    /// <summary>The partition's own identifier, on a disk with a GUID partition table; null for all others.</summary>
    public Guid? PartitionId { get; private init; }

    /// <summary>The disk's identifier, of a disk with a GUID partition table; null for all others.</summary>
    public Guid? DiskId { get; private init; }

    /// <summary>The partition's first byte, on a disk with an MBR; null for all others.</summary>
    public long? PartitionOffset { get; private init; }

    /// <summary>The disk's signature, of a disk with an MBR; null for all others.</summary>
    public uint? DiskSignature { get; private init; }

    /// <summary>The type of the element with the path that a partition is located by; null for all others.</summary>
    public uint? LocatedBy { get; private init; }

    /// <summary>Decodes an element's data; null where it is too short for a device, or says that it is.</summary>
    /// <param name="data">The data as the store has it.</param>
    public static BcdDevice? TryParse(ReadOnlySpan<byte> data)
    {
        if (data.Length < HeaderSize)
        {
            return null;
        }

        uint size = BinaryPrimitives.ReadUInt32LittleEndian(data.Slice(24));
        if (size < HeaderSize - 16 || size > data.Length - 16)
        {
            return null;
        }

        BcdDevice device = new((BcdDeviceKind)BinaryPrimitives.ReadInt32LittleEndian(data.Slice(16)), GuidBytes.Read(data));
        ReadOnlySpan<byte> descriptor = data.Slice(0, (int)size + 16);
        return device.Kind switch
        {
            BcdDeviceKind.Partition when descriptor.Length >= PartitionSize => device.WithPartition(descriptor),
            BcdDeviceKind.Locate when descriptor.Length >= LocateSize => device.WithLocation(descriptor),
            _ => device,
        };
    }

    /// <inheritdoc/>
    public override string ToString() => this switch
    {
        { PartitionId: { } partition } => $"partition {partition} of disk {DiskId}",
        { PartitionOffset: { } offset } => string.Format(CultureInfo.InvariantCulture, "partition at byte {0} of disk {1:X8}", offset, DiskSignature),
        { LocatedBy: { } element } => string.Format(CultureInfo.InvariantCulture, "partition with the path of element {0:X8}", element),
        _ => Kind.ToString(),
    };

    private BcdDevice WithPartition(ReadOnlySpan<byte> data)
        => BinaryPrimitives.ReadInt32LittleEndian(data.Slice(48)) != HardDisk ? this : BinaryPrimitives.ReadInt32LittleEndian(data.Slice(52)) switch
        {
            GptStyle => this with { PartitionId = GuidBytes.Read(data.Slice(32)), DiskId = GuidBytes.Read(data.Slice(56)) },
            MbrStyle => this with
            {
                PartitionOffset = BinaryPrimitives.ReadInt64LittleEndian(data.Slice(32)),
                DiskSignature = BinaryPrimitives.ReadUInt32LittleEndian(data.Slice(56)),
            },
            _ => this,
        };

    private BcdDevice WithLocation(ReadOnlySpan<byte> data)
        => BinaryPrimitives.ReadInt32LittleEndian(data.Slice(32)) is LocateElement or LocateElementChild
            ? this with { LocatedBy = BinaryPrimitives.ReadUInt32LittleEndian(data.Slice(36)) }
            : this;
}
