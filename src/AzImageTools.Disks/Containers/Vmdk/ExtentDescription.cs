namespace AzImageTools.Disks.Containers.Vmdk;

/// <summary>A line of a VMDK's descriptor that describes an extent.</summary>
/// <param name="Kind">How it is kept.</param>
/// <param name="Length">How many bytes of the disk it is.</param>
/// <param name="FileName">Its file as the descriptor names it; empty for <see cref="ExtentKind.Zero"/>.</param>
/// <param name="FileOffset">Where a flat extent begins in its file, in bytes.</param>
internal sealed record ExtentDescription(ExtentKind Kind, long Length, string FileName, long FileOffset);
