namespace AzImageTools.Disks.Volumes.Ntfs;

/// <summary>The attributes of NTFS files that are read here (libfsntfs documentation, "The attribute types").</summary>
internal enum AttributeType : uint
{
    StandardInformation = 0x10,
    AttributeList = 0x20,
    FileName = 0x30,
    VolumeName = 0x60,
    VolumeInformation = 0x70,
    Data = 0x80,
    IndexRoot = 0x90,
    IndexAllocation = 0xA0,
    ReparsePoint = 0xC0,
    End = 0xFFFF_FFFF,
}
