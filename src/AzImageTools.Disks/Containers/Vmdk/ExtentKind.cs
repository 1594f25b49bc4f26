namespace AzImageTools.Disks.Containers.Vmdk;

/// <summary>How an extent of a VMDK is kept.</summary>
internal enum ExtentKind
{
    /// <summary>Byte for byte in a file; FLAT, and VMFS where ESX wrote it.</summary>
    Flat,

    /// <summary>In grains that a hosted sparse extent's header leads to.</summary>
    Sparse,

    /// <summary>Nowhere: it is zero.</summary>
    Zero,
}
