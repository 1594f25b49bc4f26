namespace AzImageTools.Disks.Containers.Vhd;

/// <summary>A VHD of any kind.</summary>
internal interface IVhdDisk
{
    /// <summary>Its footer.</summary>
    Footer Footer { get; }
}
