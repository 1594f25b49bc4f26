namespace AzImageTools.Disks.Inspection;

/// <summary>Programs that start an operating system.</summary>
[Flags]
public enum BootLoaders : long
{
    /// <summary>None that is known.</summary>
    None = 0,

    /// <summary>GRUB, started through a BIOS from the disk's first sector.</summary>
    GrubBios = 1,

    /// <summary>GRUB, started through UEFI firmware.</summary>
    GrubEfi = 2,

    /// <summary>systemd-boot.</summary>
    SystemdBoot = 4,

    /// <summary>Windows Boot Manager.</summary>
    WindowsBootManager = 8,
}
