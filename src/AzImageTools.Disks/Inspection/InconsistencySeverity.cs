namespace AzImageTools.Disks.Inspection;

/// <summary>How bad an inconsistency of a disk image is.</summary>
public enum InconsistencySeverity
{
    /// <summary>Nothing is lost; worth knowing.</summary>
    Note,

    /// <summary>Space of the file that nothing refers to: it is only wasted.</summary>
    Leak,

    /// <summary>The image contradicts itself or its format: data are lost, or may be read or overwritten wrongly.</summary>
    Error,
}
