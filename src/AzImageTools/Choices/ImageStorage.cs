namespace AzImageTools.Choices;

/// <summary>Kinds of storage that gallery image versions are kept in, by Azure's names.</summary>
public enum ImageStorage
{
#pragma warning disable CA1707 // Azure's names.
    /// <summary>Hard disks, in one datacenter.</summary>
    Standard_LRS,

    /// <summary>Hard disks, in three zones.</summary>
    Standard_ZRS,

    /// <summary>Premium SSDs, in one datacenter.</summary>
    Premium_LRS,
#pragma warning restore CA1707
}
