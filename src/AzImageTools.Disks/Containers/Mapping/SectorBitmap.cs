namespace AzImageTools.Disks.Containers.Mapping;

/// <summary>The bits of a block's sectors: set where the sector is in the child, clear where it is in the parent.</summary>
internal sealed class SectorBitmap
{
    private readonly byte[] _bytes;

    /// <param name="block">The block's number.</param>
    /// <param name="bytes">A bit a sector; kept.</param>
    /// <param name="isMostSignificantFirst">Whether a byte's first sector has its most significant bit rather than its least.</param>
    public SectorBitmap(long block, byte[] bytes, bool isMostSignificantFirst)
    {
        Block = block;
        _bytes = bytes;
        if (isMostSignificantFirst)
        {
            for (int i = 0; i < bytes.Length; i++)
            {
                bytes[i] = Reverse(bytes[i]);
            }
        }
    }

    public long Block { get; }

    /// <summary>How many sectors from one on are where that one is.</summary>
    /// <param name="sector">The first sector's number within the block.</param>
    /// <param name="isSet">Whether they are in the child.</param>
    public int CountAlike(int sector, out bool isSet)
    {
        isSet = IsSet(sector);
        int same = isSet ? byte.MaxValue : 0;
        int end = _bytes.Length * 8;
        int position = sector + 1;
        while (position < end)
        {
            if (position % 8 == 0 && _bytes[position / 8] == same)
            {
                position += 8;
            }
            else if (IsSet(position) == isSet)
            {
                position++;
            }
            else
            {
                break;
            }
        }

        return position - sector;
    }

    private static byte Reverse(byte value)
    {
        int reversed = ((value & 0x55) << 1) | ((value >> 1) & 0x55);
        reversed = ((reversed & 0x33) << 2) | ((reversed >> 2) & 0x33);
        return (byte)((reversed << 4) | (reversed >> 4));
    }

    private bool IsSet(int sector) => ((_bytes[sector / 8] >> (sector % 8)) & 1) != 0;
}
