namespace AzImageTools.Disks.Registry;

/// <summary>The bitmap of a log of the old format, and the pages behind it (regf specification, "Dirty vector", "Dirty pages").</summary>
internal static class DirtyVector
{
    private const int PageSize = 512;
    private const int BinAlignment = 4096;
    private const int BitmapOffset = LogFile.SectorSize + 4;
    private const string Rule = "regf, Dirty vector";

    /// <summary>What the log holds of the hive.</summary>
    /// <exception cref="DiskFormatException">The log is damaged, or does not hold all of its pages.</exception>
    public static HiveOverlay Read(LogFile log)
    {
        uint binsLength = log.Base.BinsLength;
        if (binsLength == 0 || binsLength % BinAlignment != 0)
        {
            throw new DiskFormatException(log.Name, 40, $"The length of the hive bins is given as {binsLength} bytes.", "regf, Base block");
        }

        // A bit a page.
        byte[] bitmap = new byte[4 + (binsLength / BinAlignment)];
        log.Read(LogFile.SectorSize, bitmap, 0, bitmap.Length);
        if (!bitmap.AsSpan().StartsWith("DIRT"u8))
        {
            throw new DiskFormatException(log.Name, LogFile.SectorSize, "There is no 'DIRT' after the log's base block.", Rule);
        }

        HiveOverlay overlay = new(log.Base);
        long source = (BitmapOffset + (bitmap.Length - 4) + LogFile.SectorSize - 1) / LogFile.SectorSize * LogFile.SectorSize;
        for (long page = 0; page < binsLength / PageSize; page++)
        {
            if ((bitmap[4 + (page / 8)] & (1 << (int)(page % 8))) == 0)
            {
                continue;
            }

            if (source > log.Length - PageSize)
            {
                throw new DiskFormatException(log.Name, source, "The log ends before the last of the pages that it should hold.", Rule);
            }

            overlay.Add(page * PageSize, PageSize, log, source);
            source += PageSize;
        }

        return overlay.IsEmpty ? throw new DiskFormatException(log.Name, LogFile.SectorSize, "The log holds no page.", Rule) : overlay;
    }
}
