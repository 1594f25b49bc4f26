using System.Buffers.Binary;

namespace AzImageTools.Disks.Containers.Qcow2;

/// <summary>The extensions that follow a QCOW2's header (QCOW2 specification, Header extensions). Their texts are the file's: an attacker's.</summary>
/// <param name="BackingFormat">The backing file's format; null where the image does not say.</param>
/// <param name="FeatureNames">What the image calls its incompatible features, by bit.</param>
/// <param name="HasBitmaps">Whether there is an extension for bitmaps.</param>
internal sealed record HeaderExtensions(string? BackingFormat, IReadOnlyDictionary<int, string> FeatureNames, bool HasBitmaps)
{
    private const string Rule = "QCOW2 specification, Header extensions";
    private const uint BackingFormatType = 0xE2792ACA;
    private const uint FeatureNameTableType = 0x6803F857;
    private const uint BitmapsType = 0x23852875;
    private const int ExtensionHeaderSize = 8;
    private const int FeatureNameSize = 48;
    private const int LargestCount = 64;
    private const byte IncompatibleFeature = 0;

    /// <summary>Reads the extensions.</summary>
    /// <param name="file">The image.</param>
    /// <param name="start">Where the header ends.</param>
    /// <param name="end">Where the backing file's name begins, or the first cluster ends.</param>
    public static HeaderExtensions Read(DiskFile file, int start, int end)
    {
        string? backingFormat = null;
        Dictionary<int, string> featureNames = [];
        bool hasBitmaps = false;
        byte[] bytes = file.Read(start, (int)Math.Min(end, file.Length) - start);
        int position = 0;
        for (int count = 0; position <= bytes.Length - ExtensionHeaderSize; count++)
        {
            uint type = BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(position));
            uint length = BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(position + 4));
            if (type == 0)
            {
                break;
            }

            int dataStart = position + ExtensionHeaderSize;
            if (length > bytes.Length - dataStart || count == LargestCount)
            {
                throw new DiskFormatException(file.Path, start + position, $"A header extension of {length} bytes can't be here.", Rule);
            }

            ReadOnlySpan<byte> data = bytes.AsSpan(dataStart, (int)length);
            hasBitmaps |= type == BitmapsType;
            if (type == BackingFormatType)
            {
                backingFormat = StoredName.Read(data);
            }
            else if (type == FeatureNameTableType)
            {
                ReadFeatureNames(data, featureNames);
            }

            // The next extension begins at a multiple of 8.
            position = dataStart + (((int)length + 7) & ~7);
        }

        return new HeaderExtensions(backingFormat, featureNames, hasBitmaps);
    }

    private static void ReadFeatureNames(ReadOnlySpan<byte> table, Dictionary<int, string> names)
    {
        for (; table.Length >= FeatureNameSize && names.Count < sizeof(ulong) * 8; table = table.Slice(FeatureNameSize))
        {
            if (table[0] == IncompatibleFeature)
            {
                names[table[1]] = StoredName.Read(table.Slice(2, FeatureNameSize - 2));
            }
        }
    }
}
