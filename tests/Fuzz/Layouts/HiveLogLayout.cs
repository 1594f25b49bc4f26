using System.Buffers.Binary;
using AzImageTools.Fuzz.Images;
using AzImageTools.TestKit;

namespace AzImageTools.Fuzz.Layouts;

/// <summary>Where the structures of a hive's transaction log are.</summary>
internal static class HiveLogLayout
{
    private const int Sector = 512;
    private const int EntryHeaderSize = 40;
    private const int LargestEntry = 1 << 20;

    /// <summary>Adds the structures of the log that an image holds from an offset on.</summary>
    public static void Describe(MutableImage image, long offset, long length, Layout layout)
    {
        layout.Add("log's base block", offset, Sector, 30);
        layout.AddChecksum(damaged => Checksum.UpdateHive(damaged, offset));
        for (long place = offset + Sector; place < offset + length; place += Sector)
        {
            byte[] start = image.Read(place, 4);
            if (start.AsSpan().SequenceEqual("HvLE"u8))
            {
                long entry = place;
                layout.Add("log entry", entry, EntryHeaderSize + 128, 40);
                layout.AddChecksum(damaged => Sign(damaged, entry));
            }
            else if (start.AsSpan().SequenceEqual("DIRT"u8))
            {
                layout.Add("dirty vector", place, Sector, 40);
            }
        }
    }

    /// <summary>Makes an entry's hashes right, for the length that it now says it has.</summary>
    private static void Sign(MutableImage image, long offset)
    {
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(image.Read(offset + 4, 4));
        if (length is >= Sector and <= LargestEntry && length % Sector == 0 && length <= image.Length - offset)
        {
            byte[] entry = image.Read(offset, (int)length);
            HiveLogs.Sign(entry);
            image.Write(offset + 24, entry.AsSpan(24, 16));
        }
    }
}
