namespace AzImageTools.Disks.Inspection;

/// <summary>Whether a disk holds what a Linux names as a device.</summary>
public enum VolumePresence : long
{
    /// <summary>That can't be told: a volume that may be it is encrypted, or is not read.</summary>
    Unknown,

    /// <summary>It does.</summary>
    Present,

    /// <summary>It does not.</summary>
    Absent,
}
