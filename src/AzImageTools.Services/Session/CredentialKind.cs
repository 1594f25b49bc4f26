namespace AzImageTools.Services.Session;

/// <summary>How a session proves who it is.</summary>
public enum CredentialKind
{
    /// <summary>The first that works of environment variables, workload and managed identity, and signed-in developer tools.</summary>
    Default,

    /// <summary>The identity that Azure gave this machine.</summary>
    ManagedIdentity,

    /// <summary>An application with a secret or a certificate.</summary>
    ServicePrincipal,

    /// <summary>A user who types a code into a browser, maybe on another device.</summary>
    DeviceCode,

    /// <summary>Tokens that the PowerShell session's own Az context hands out.</summary>
    AzContext,

    /// <summary>A simulated Azure in this process.</summary>
    Sandbox,
}
