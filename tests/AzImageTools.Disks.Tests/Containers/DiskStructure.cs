using System.Buffers.Binary;
using AzImageTools.Disks.Containers.Vhd;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Containers;

/// <summary>Structures with checksums, as <see cref="VhdBuilder"/>, <see cref="VhdxBuilder"/> and <see cref="VhdxLogBuilder"/> lay them out.</summary>
internal sealed class DiskStructure
{
    private readonly Action<byte[]> _repair;

    private DiskStructure(Action<byte[]> repair)
    {
        _repair = repair;
    }

    public static DiskStructure Vhd { get; } = new(image =>
    {
        Sum(image.AsSpan(512, 1024), 36);
        Sum(image.AsSpan(^512..), 64);

        static void Sum(Span<byte> structure, int checksum) => BinaryPrimitives.WriteUInt32BigEndian(structure[checksum..], VhdChecksum.Compute(structure, checksum));
    });

    public static DiskStructure Vhdx { get; } = new(image =>
    {
        Check(image.AsSpan(64 * 1024, 4096));
        Check(image.AsSpan(128 * 1024, 4096));
        Check(image.AsSpan(192 * 1024, 64 * 1024));
        for (int entry = VhdxBuilder.LogOffset; entry < VhdxBuilder.LogOffset + VhdxBuilder.LogLength; entry += 4096)
        {
            int length = BinaryPrimitives.ReadInt32LittleEndian(image.AsSpan(entry + 8));
            if (image.AsSpan(entry).StartsWith("loge"u8) && length >= 64 && length <= VhdxBuilder.LogOffset + VhdxBuilder.LogLength - entry)
            {
                Check(image.AsSpan(entry, length));
            }
        }

        static void Check(Span<byte> structure) => BinaryPrimitives.WriteUInt32LittleEndian(structure[4..], ReflectedCrc32.Castagnoli.ComputeWithout(structure, 4));
    });

    /// <summary>Makes the checksums right for what stands in an image now.</summary>
    public void Repair(byte[] image) => _repair(image);
}
