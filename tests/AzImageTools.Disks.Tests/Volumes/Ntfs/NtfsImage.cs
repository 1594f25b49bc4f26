using System.Buffers.Binary;

namespace AzImageTools.Disks.Tests.Volumes.Ntfs;

/// <summary>Where things are in an image of an NTFS volume that mkntfs made.</summary>
internal static class NtfsImage
{
    public static int FindRecord(byte[] image, int number)
        => (int)(BinaryPrimitives.ReadInt64LittleEndian(image.AsSpan(48)) * image[13] * 512) + (number * 1024);

    /// <summary>Where $Bitmap's content begins, by the first run of its record's $DATA.</summary>
    public static int FindBitmap(byte[] image)
    {
        int record = FindRecord(image, 6);
        int attribute = record + BinaryPrimitives.ReadUInt16LittleEndian(image.AsSpan(record + 20));
        while (BinaryPrimitives.ReadInt32LittleEndian(image.AsSpan(attribute)) != 0x80)
        {
            attribute += BinaryPrimitives.ReadInt32LittleEndian(image.AsSpan(attribute + 4));
        }

        int runs = attribute + BinaryPrimitives.ReadUInt16LittleEndian(image.AsSpan(attribute + 32));
        int lengthSize = image[runs] & 15;
        long cluster = 0;
        for (int i = (image[runs] >> 4) - 1; i >= 0; i--)
        {
            cluster = (cluster << 8) | image[runs + 1 + lengthSize + i];
        }

        return (int)(cluster * image[13] * 512);
    }
}
