using System.Security;

namespace AzImageTools.Services.Session;

/// <summary>How to connect, and to what.</summary>
public sealed record ConnectRequest
{
    /// <summary>How the session proves who it is.</summary>
    public CredentialKind Kind { get; init; }

    /// <summary>The tenant to sign in to; needed for a service principal, otherwise the credential's home tenant.</summary>
    public string? TenantId { get; init; }

    /// <summary>The service principal's application (client) id.</summary>
    public string? ApplicationId { get; init; }

    /// <summary>The service principal's secret.</summary>
    public SecureString? Secret { get; init; }

    /// <summary>The service principal's certificate with its private key: the path of a PEM file, or of a PFX file without password.</summary>
    public string? CertificatePath { get; init; }

    /// <summary>
    /// For a managed identity the client id or resource id of a user-assigned one; for an Az context the account's name.
    /// </summary>
    public string? AccountId { get; init; }

    /// <summary>The id or name of the subscription to work in; needed where the credential sees several.</summary>
    public string? SubscriptionId { get; init; }

    /// <summary>The cloud to work in.</summary>
    public CloudEnvironment Environment { get; init; } = CloudEnvironment.AzureCloud;

    /// <summary>Answers all requests of the session in place of the network: the sandbox. Not disposed with the session.</summary>
    public HttpMessageHandler? Handler { get; init; }

    /// <summary>What tells the sandbox that answers from every other: its uploads are nobody else's, and end with it. Null for Azure.</summary>
    public string? SandboxId { get; init; }

    /// <summary>Whether the sandbox goes on after this process: then uploads to it that were interrupted stay to be continued.</summary>
    public bool IsSandboxKept { get; init; }

    /// <summary>
    /// Where it is noted what runs make for a while, so that it is found when one is killed. By default a folder of the user's local application
    /// data; of a sandbox that ends with this process, a temporary one.
    /// </summary>
    public string? RunFolder { get; init; }

    /// <summary>Where names of the Marketplace are kept for later sessions. By default a folder of the user's local application data; of a sandbox, nowhere.</summary>
    public string? CacheFolder { get; init; }

    /// <summary>Fetches tokens for <see cref="CredentialKind.AzContext"/>. Called again shortly before a token expires.</summary>
    public Func<AccessTokenQuery, CancellationToken, Task<AccessTokenResult>>? TokenProvider { get; init; }
}

/// <summary>How a session proves who it is.</summary>
public enum CredentialKind : long
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
