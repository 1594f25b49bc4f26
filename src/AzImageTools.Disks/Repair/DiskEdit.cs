namespace AzImageTools.Disks.Repair;

/// <summary>What is to be changed on a guest's disk: a registry value or a file.</summary>
public abstract record DiskEdit;
