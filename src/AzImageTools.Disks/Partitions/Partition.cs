using System.Globalization;

namespace AzImageTools.Disks.Partitions;

/// <summary>A partition of a disk.</summary>
public sealed record Partition
{
    /// <summary>Its number, from 1; logical partitions of an MBR from 5.</summary>
    public required int Number { get; init; }

    /// <summary>Its first byte on the disk.</summary>
    public required long Offset { get; init; }

    /// <summary>Its length in bytes.</summary>
    public required long Length { get; init; }

    /// <summary>Its type in a GUID partition table; null in an MBR.</summary>
    public Guid? TypeId { get; init; }

    /// <summary>Its type in an MBR; null in a GUID partition table.</summary>
    public byte? TypeCode { get; init; }

    /// <summary>Its type as text: a GUID, or a byte in hexadecimal such as 0x07.</summary>
    public string Type => TypeId?.ToString() ?? "0x" + TypeCode.GetValueOrDefault().ToString("X2", CultureInfo.InvariantCulture);

    /// <summary>What the type is called, such as "EFI system"; "Unknown" where it is not known.</summary>
    public string TypeName => TypeId is { } id ? PartitionTypes.NameOf(id) : PartitionTypes.NameOf(TypeCode.GetValueOrDefault());

    /// <summary>The name that the GUID partition table gives it; empty in an MBR. It is the guest's text.</summary>
    public string Name { get; init => field = PrintableText.Of(value); } = string.Empty;

    /// <summary>Its own identifier in a GUID partition table; null in an MBR.</summary>
    public Guid? UniqueId { get; init; }

    /// <summary>Whether an MBR marks it as the one to boot from.</summary>
    public bool IsActive { get; init; }

    /// <summary>What Linux calls it by as PARTUUID: its identifier, or in an MBR the disk's signature and the number; null where the disk has none.</summary>
    internal string? PartUuid { get; init; }

    /// <inheritdoc/>
    public override string ToString()
        => string.Format(CultureInfo.InvariantCulture, "{0}: {1}, {2} at {3}", Number, TypeName, ByteSize.Format(Length), ByteSize.Format(Offset));
}
