namespace AzImageTools.Disks.Volumes.Lvm;

/// <summary>A physical volume as its group describes it.</summary>
/// <param name="Id">Its identifier, without dashes.</param>
/// <param name="Device">What it was last called; a hint, and the guest's text.</param>
/// <param name="FirstExtent">Where on it its first extent begins, in bytes.</param>
/// <param name="ExtentCount">How many extents it has.</param>
/// <param name="IsMissing">Whether the group did without it when it was last changed.</param>
internal sealed record VolumeGroupMember(string Id, string? Device, long FirstExtent, long ExtentCount, bool IsMissing);
