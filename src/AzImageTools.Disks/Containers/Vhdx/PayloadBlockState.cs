namespace AzImageTools.Disks.Containers.Vhdx;

/// <summary>The state of a payload block ([MS-VHDX] 2.5.1.1).</summary>
internal enum PayloadBlockState
{
    NotPresent = 0,
    Undefined = 1,
    Zero = 2,
    Unmapped = 3,

    /// <summary>Unmapped, as drafts of the format before 1.0 wrote it.</summary>
    UnmappedBefore1 = 5,
    FullyPresent = 6,
    PartiallyPresent = 7,
}
