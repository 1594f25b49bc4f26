using AzImageTools.Fuzz.Images;

namespace AzImageTools.Fuzz.Layouts;

/// <summary>Where a disk's partition tables are.</summary>
internal static class PartitionLayout
{
    private const int TableOffset = 446;

    public static void Describe(MutableImage image, Layout layout)
    {
        layout.Add("master boot record's table", TableOffset, 512 - TableOffset, 20);
        ContentLayout.Describe(image, layout);
        for (long offset = 512; offset < image.Length; offset += 512)
        {
            if (image.Read(offset + 510, 2).AsSpan().SequenceEqual((ReadOnlySpan<byte>)[0x55, 0xAA]))
            {
                layout.Add("extended boot record's table", offset + TableOffset, 512 - TableOffset, 20);
            }
        }
    }
}
