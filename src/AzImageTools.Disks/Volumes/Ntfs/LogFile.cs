using System.Buffers.Binary;
using System.Globalization;

namespace AzImageTools.Disks.Volumes.Ntfs;

/// <summary>
/// What the volume's journal ($LogFile) tells of how it was left: whether Windows, or another driver, had dismounted it
/// (ntfs-3g, logfile.h and ntfs_is_logfile_clean). Only the two restart pages at its beginning are looked at.
/// </summary>
internal static class LogFile
{
    private const int BlockSize = 512;
    private const int MaximumPageSize = 64 * 1024;
    private const long MaximumSize = 1L << 32;

    private static ReadOnlySpan<byte> NeverWritten => [0xFF, 0xFF, 0xFF, 0xFF];

    /// <summary>
    /// Why the journal must be played back before the volume is what it should be; null where it need not. Then whether it
    /// has the version that Windows has in use: since Windows 8 that is 2.0, and 1.1 once the volume was dismounted, unless
    /// NtfsDisableLfsDowngrade keeps it (Microsoft Learn, "Windows 8 volume compatibility considerations"). ntfs-3g takes
    /// such a volume for one whose metadata Windows still has in memory.
    /// </summary>
    /// <exception cref="DiskFormatException">The journal's list of clusters is damaged, or leads beyond the volume.</exception>
    public static (string? Problem, bool IsOfRunningWindows) Read(FileContent log)
    {
        bool isEmpty = true;
        RestartPage? newest = null;
        byte[] block = new byte[BlockSize];
        long size = Math.Min(log.Length, MaximumSize);

        // The second page lies behind the first, whose size is a power of two: each place where it can be is looked at.
        for (long position = 0; position <= size - BlockSize; position = Math.Max(BlockSize, position * 2))
        {
            log.Read(position, block);
            if (!block.AsSpan().StartsWith(NeverWritten))
            {
                isEmpty = false;
            }
            else if (!isEmpty)
            {
                break;
            }

            if (block.AsSpan().StartsWith("RCRD"u8))
            {
                break;
            }

            if (TryReadPage(log, block, position) is { } page && (newest is null || page.SequenceNumber > newest.SequenceNumber))
            {
                newest = page;
            }
        }

        return isEmpty ? (null, false) : newest is null ? ("its journal ($LogFile) is damaged", false) : (newest.FindProblem(), newest.MajorVersion == 2);
    }

    private static RestartPage? TryReadPage(FileContent log, byte[] block, long position)
    {
        int size = RestartPage.FindSize(block);
        if (size is < BlockSize or > MaximumPageSize || (position != 0 && position != size) || position > log.Length - size)
        {
            return null;
        }

        byte[] page = new byte[size];
        log.Read(position, page);
        return RestartPage.TryParse(page);
    }

    /// <summary>A restart page (RESTART_PAGE_HEADER and RESTART_AREA), as far as it tells of the volume's state.</summary>
    private sealed record RestartPage(long SequenceNumber, int MajorVersion, int MinorVersion, bool IsOpen, bool IsMarkedClean)
    {
        private const int HeaderSize = 30;
        private const int AreaSize = 48;
        private const int NoClient = 0xFFFF;
        private const int VolumeIsClean = 0x0002;

        /// <summary>The page's bytes (system_page_size); 0 where no page begins here.</summary>
        public static int FindSize(ReadOnlySpan<byte> block)
        {
            uint size = BinaryPrimitives.ReadUInt32LittleEndian(block.Slice(16));
            bool isPage = block.StartsWith("RSTR"u8) || block.StartsWith("CHKD"u8);
            return isPage && size <= MaximumPageSize && (size & (size - 1)) == 0 ? (int)size : 0;
        }

        public static RestartPage? TryParse(byte[] page)
        {
            // Where chkdsk wrote the page, there may be no fixups.
            bool isOfChkdsk = page.AsSpan().StartsWith("CHKD"u8);
            bool hasFixups = !isOfChkdsk || BinaryPrimitives.ReadUInt16LittleEndian(page.AsSpan(6)) != 0;
            int offset = BinaryPrimitives.ReadUInt16LittleEndian(page.AsSpan(24));
            if ((hasFixups && !UpdateSequence.TryApply(page)) || offset % 8 != 0 || offset < HeaderSize || offset > page.Length - AreaSize)
            {
                return null;
            }

            ReadOnlySpan<byte> area = page.AsSpan(offset);
            return new RestartPage(
                BinaryPrimitives.ReadInt64LittleEndian(isOfChkdsk ? page.AsSpan(8) : area),
                BinaryPrimitives.ReadInt16LittleEndian(page.AsSpan(28)),
                BinaryPrimitives.ReadInt16LittleEndian(page.AsSpan(26)),
                BinaryPrimitives.ReadUInt16LittleEndian(area.Slice(12)) != NoClient,
                (BinaryPrimitives.ReadUInt16LittleEndian(area.Slice(14)) & VolumeIsClean) != 0);
        }

        public string? FindProblem() => (MajorVersion, MinorVersion) switch
        {
            (1, 1) or (2, 0) => IsOpen && !IsMarkedClean
                ? "its journal ($LogFile) holds changes that were not carried out: Windows was saved, or powered off without a shutdown"
                : null,
            _ => string.Format(CultureInfo.InvariantCulture, "its journal ($LogFile) has the version {0}.{1}, which is not known", MajorVersion, MinorVersion),
        };
    }
}
