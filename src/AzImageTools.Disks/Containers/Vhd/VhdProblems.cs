namespace AzImageTools.Disks.Containers.Vhd;

/// <summary>What may be said of a VHD of either kind.</summary>
internal static class VhdProblems
{
    public const string SavedState = "The virtual machine was saved, not shut down: the disk lacks what its memory still held.";
}
