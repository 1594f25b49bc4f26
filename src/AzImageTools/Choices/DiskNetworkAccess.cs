namespace AzImageTools.Choices;

/// <summary>From where a managed disk's content may be read or written, by Azure's names.</summary>
public enum DiskNetworkAccess
{
    /// <summary>From anywhere.</summary>
    AllowAll,

    /// <summary>Through a disk access alone.</summary>
    AllowPrivate,

    /// <summary>From nowhere.</summary>
    DenyAll,
}
