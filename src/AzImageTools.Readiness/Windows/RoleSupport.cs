namespace AzImageTools.Readiness.Windows;

/// <summary>Whether Sysprep supports a server role.</summary>
internal enum RoleSupport
{
    /// <summary>Supported.</summary>
    Yes,

    /// <summary>Not supported.</summary>
    No,

    /// <summary>The page does not say.</summary>
    Unstated,

    /// <summary>Supported under a condition.</summary>
    Conditional,
}
