namespace AzImageTools.Disks.Volumes;

/// <summary>A file system that can check its structures against one another.</summary>
internal interface IVolumeCheck
{
    /// <summary>Checks them. Enumerated lazily.</summary>
    /// <returns>What is wrong; nothing where the file system is consistent.</returns>
    IEnumerable<VolumeInconsistency> Check();
}

/// <summary>Something in a file system that contradicts another part of it.</summary>
/// <param name="Structure">The structure that it is in.</param>
/// <param name="Offset">Where on the volume, in bytes; null where no single place is at fault.</param>
/// <param name="Problem">What is wrong, as a sentence.</param>
/// <param name="IsLeak">Whether it is only space that nothing uses.</param>
internal sealed record VolumeInconsistency(string Structure, long? Offset, string Problem, bool IsLeak = false)
{
    /// <summary>The rule that is broken; null where there is none.</summary>
    public string? Rule { get; init; }
}
