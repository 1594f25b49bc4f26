namespace AzImageTools.Disks.Conversion;

/// <summary>What keeps a conversion from beginning, or ends it.</summary>
public enum VhdConversionProblem
{
    /// <summary>The destination's name does not end in .vhd.</summary>
    DestinationNotVhd,

    /// <summary>The destination's folder is not there.</summary>
    DestinationFolderNotFound,

    /// <summary>A file with the destination's name is there, and replacing it was not asked for.</summary>
    DestinationExists,

    /// <summary>The destination is the source, or another program has it open.</summary>
    DestinationInUse,

    /// <summary>The destination's volume has too little room.</summary>
    TooLittleRoom,

    /// <summary>The destination's volume ran full while the VHD was written; nothing of it was left.</summary>
    DiskFull,
}
