namespace AzImageTools.Disks.Inspection;

/// <summary>The generations of virtual machines that can start from a disk.</summary>
[Flags]
public enum VmGenerations : long
{
    /// <summary>None: a data disk, or one whose boot files are missing.</summary>
    None = 0,

    /// <summary>Generation 1: starts through a BIOS.</summary>
    V1 = 1,

    /// <summary>Generation 2: starts through UEFI firmware.</summary>
    V2 = 2,
}
