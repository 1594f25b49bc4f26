namespace AzImageTools.Disks.Volumes.Fat;

/// <summary>Reads the entries of a FAT folder and puts their long names together.</summary>
internal static class FatDirectory
{
    /// <summary>The most entries a folder may have ("FAT Directory Structure").</summary>
    public const int MaximumEntries = 65536;

    private const int NamePartLength = 13;
    private const int MaximumNameParts = 20;
    private const int LastPartFlag = 0x40;
    private const byte Deleted = 0xE5;

    /// <summary>The entries, lazily; deleted ones, '.' and '..' left out.</summary>
    /// <param name="content">The folder's content.</param>
    /// <param name="hasWideClusters">Whether cluster numbers have 32 bits.</param>
    public static IEnumerable<FatDirectoryEntry> Enumerate(Stream content, bool hasWideClusters)
    {
        char[] name = new char[NamePartLength * MaximumNameParts];
        int nextPart = 0;
        int partCount = 0;
        byte checksum = 0;
        byte[] entry = new byte[FatDirectoryEntry.Size];
        while (content.Read(entry, 0, entry.Length) == entry.Length && entry[0] != 0)
        {
            if (entry[0] == Deleted)
            {
                partCount = 0;
                continue;
            }

            if ((entry[FatDirectoryEntry.AttributesOffset] & 0x3F) == FatDirectoryEntry.LongNameAttributes)
            {
                // A name's parts come last first, numbered, each with the checksum of the short name they belong to.
                int part = entry[0] & ~LastPartFlag;
                bool isLast = (entry[0] & LastPartFlag) != 0;
                bool fits = part is >= 1 and <= MaximumNameParts && (isLast || (partCount > 0 && part == nextPart && entry[13] == checksum));
                partCount = !fits ? 0 : isLast ? part : partCount;
                if (fits)
                {
                    checksum = entry[13];
                    nextPart = part - 1;
                    FatName.CopyLongNamePart(entry, name.AsSpan((part - 1) * NamePartLength, NamePartLength));
                }

                continue;
            }

            bool hasLongName = partCount > 0 && nextPart == 0 && checksum == FatName.ChecksumOf(entry);
            string? longName = hasLongName ? UpToNul(name.AsSpan(0, partCount * NamePartLength)) : null;
            long place = content.Position - entry.Length;
            long firstPlace = place - (hasLongName ? partCount * FatDirectoryEntry.Size : 0);
            partCount = 0;
            if (entry[0] != (byte)'.')
            {
                yield return new FatDirectoryEntry(entry, longName, hasWideClusters) { Place = place, FirstPlace = firstPlace };
            }
        }
    }

    private static string? UpToNul(ReadOnlySpan<char> name)
    {
        int end = name.IndexOf('\0');
        return end == 0 ? null : name.Slice(0, end < 0 ? name.Length : end).ToString();
    }
}
