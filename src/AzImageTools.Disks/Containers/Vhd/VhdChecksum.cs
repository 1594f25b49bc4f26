namespace AzImageTools.Disks.Containers.Vhd;

/// <summary>The checksum of a VHD's structures (VHD specification 1.0, "Checksum").</summary>
internal static class VhdChecksum
{
    /// <summary>The ones' complement of the sum of all bytes but the checksum's own four.</summary>
    public static uint Compute(ReadOnlySpan<byte> structure, int checksumOffset)
    {
        uint sum = 0;
        foreach (byte b in structure)
        {
            sum += b;
        }

        foreach (byte b in structure.Slice(checksumOffset, sizeof(uint)))
        {
            sum -= b;
        }

        return ~sum;
    }
}
