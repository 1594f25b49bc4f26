using System.Runtime.InteropServices;
using AzImageTools.Disks;

namespace AzImageTools.Services.Upload.Journal;

/// <summary>Bytes that the service confirmed, written by one request.</summary>
/// <param name="Offset">The first one's position on the disk.</param>
/// <param name="Length">How many.</param>
/// <param name="Crc">Their CRC-64/NVME.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct JournalRun(long Offset, int Length, ulong Crc)
{
    /// <summary>Where they are.</summary>
    public DiskExtent Extent => new(Offset, Length);
}
