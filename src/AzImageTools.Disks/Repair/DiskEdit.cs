namespace AzImageTools.Disks.Repair;

/// <summary>What is to be changed on a guest's disk: a registry value or a file.</summary>
public abstract record DiskEdit
{
    /// <summary>Whether what it was and is is told to nobody: it may hold a secret.</summary>
    public bool HidesContent { get; init; }
}
