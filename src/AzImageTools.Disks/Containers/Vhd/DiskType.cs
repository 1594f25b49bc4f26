namespace AzImageTools.Disks.Containers.Vhd;

/// <summary>Disk Type (VHD specification 1.0, "Disk Type").</summary>
internal enum DiskType
{
    None = 0,
    Fixed = 2,
    Dynamic = 3,
    Differencing = 4,
}
