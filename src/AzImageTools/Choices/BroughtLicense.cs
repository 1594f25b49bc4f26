namespace AzImageTools.Choices;

/// <summary>Licences that can be brought along, by Azure's names.</summary>
public enum BroughtLicense
{
    /// <summary>None.</summary>
    None,

#pragma warning disable CA1707 // Azure's names.
    /// <summary>Windows Server with Software Assurance (Azure Hybrid Benefit).</summary>
    Windows_Server,

    /// <summary>A Windows client with multitenant hosting rights.</summary>
    Windows_Client,

    /// <summary>Red Hat Enterprise Linux with a subscription of one's own.</summary>
    RHEL_BYOS,

    /// <summary>SUSE Linux Enterprise Server with a subscription of one's own.</summary>
    SLES_BYOS,
#pragma warning restore CA1707
}
