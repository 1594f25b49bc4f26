using System.Management.Automation;
using AzImageTools.Binding;
using AzImageTools.Completion;
using AzImageTools.Pipeline;
using AzImageTools.Sandbox;
using AzImageTools.Services;
using AzImageTools.Services.Session;
using AzImageTools.Session;

namespace AzImageTools.Commands.Session;

/// <summary>
/// Connects this session to Azure, or to a simulated Azure. Someone who has run Connect-AzAccount needs no connection:
/// the Az context is used without one.
/// </summary>
[Cmdlet(VerbsCommunications.Connect, "AzImageService", DefaultParameterSetName = DefaultSet, HelpUri = HelpPages.Root + "Connect-AzImageService.md")]
[OutputType(typeof(ImageContext))]
public sealed class ConnectAzImageServiceCommand : AsyncCmdlet
{
    private const string DefaultSet = "Default";
    private const string ManagedIdentitySet = "ManagedIdentity";
    private const string SecretSet = "ServicePrincipalSecret";
    private const string CertificateSet = "ServicePrincipalCertificate";
    private const string DeviceCodeSet = "DeviceCode";
    private const string SandboxSet = "Sandbox";

    /// <summary>Connects to a simulated Azure inside this process: nothing is billed, nothing leaves the machine.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.Sandbox, ParameterSetName = SandboxSet)]
    public SwitchParameter Sandbox { get; set; }

    /// <summary>
    /// A folder that keeps everything of the simulated Azure, for the next session that names it. Made where it is missing; one session at a time
    /// works in it. Without it, everything is gone after Disconnect-AzImageService.
    /// </summary>
    [Parameter(ParameterSetName = SandboxSet)]
    [ValidateNotNullOrEmpty]
    public string? SandboxPath { get; set; }

    /// <summary>Signs in with the identity that Azure gave this machine.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.ManagedIdentity, ParameterSetName = ManagedIdentitySet)]
    public SwitchParameter ManagedIdentity { get; set; }

    /// <summary>The client id or resource id of a user-assigned managed identity.</summary>
    [Parameter(ParameterSetName = ManagedIdentitySet)]
    [ValidateNotNullOrEmpty]
    public string? AccountId { get; set; }

    /// <summary>The service principal's application id as user name, its secret as password.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.Credential, ParameterSetName = SecretSet)]
    [ValidateNotNull]
    public PSCredential? Credential { get; set; }

    /// <summary>The service principal's application id.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.ApplicationId, ParameterSetName = CertificateSet)]
    [ValidateNotNullOrEmpty]
    public string? ApplicationId { get; set; }

    /// <summary>The service principal's certificate with its private key: a PEM file, or a PFX file without password.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.CertificatePath, ParameterSetName = CertificateSet)]
    [ValidateNotNullOrEmpty]
    public string? CertificatePath { get; set; }

    /// <summary>Signs in with a code that is typed into a browser, maybe on another device.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.UseDeviceCode, ParameterSetName = DeviceCodeSet)]
    public SwitchParameter UseDeviceCode { get; set; }

    /// <summary>The tenant to sign in to.</summary>
    [Parameter(ParameterSetName = DefaultSet)]
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.TenantId, ParameterSetName = SecretSet)]
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.TenantId, ParameterSetName = CertificateSet)]
    [Parameter(ParameterSetName = DeviceCodeSet)]
    [ValidateNotNullOrEmpty]
    public string? TenantId { get; set; }

    /// <summary>The id or name of the subscription to work in; needed where the credential sees several.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(SubscriptionCompleter))]
    public string? SubscriptionId { get; set; }

    /// <summary>The Azure cloud to connect to.</summary>
    [Parameter]
    [ValidateSet("AzureCloud", "AzureUSGovernment", "AzureChinaCloud")]
    public string Environment { get; set; } = CloudEnvironment.AzureCloud.Name;

    private protected override async Task ProcessAsync(IStreamSink sink, OperationContext context)
    {
        (ConnectRequest request, string? folder) = await sink.InvokeAsync(cmdlet => (CreateRequest(cmdlet), FullPath(cmdlet, SandboxPath))).ConfigureAwait(false);
        SandboxCloud? cloud = Sandbox ? Sandboxes.Begin(folder) : null;
        try
        {
            ConnectRequest whole = request with { Handler = cloud?.CreateHandler(), SandboxId = cloud?.Id, IsSandboxKept = folder is not null };
            ImageSession session = await ImageSession.ConnectAsync(whole, context).ConfigureAwait(false);
            await sink.InvokeAsync(_ =>
            {
                SessionStore.Current.Connect(session, cloud);
                cloud = null;
                return true;
            }).ConfigureAwait(false);
            await sink.WriteObjectAsync(session.Context).ConfigureAwait(false);
        }
        finally
        {
            if (cloud is not null)
            {
                Sandboxes.End(cloud);
            }
        }
    }

    private static string? FullPath(PSCmdlet cmdlet, string? path) => path is null ? null : cmdlet.GetUnresolvedProviderPathFromPSPath(path);

    private ConnectRequest CreateRequest(PSCmdlet cmdlet) => new()
    {
        Kind = ParameterSetName switch
        {
            SandboxSet => CredentialKind.Sandbox,
            ManagedIdentitySet => CredentialKind.ManagedIdentity,
            SecretSet or CertificateSet => CredentialKind.ServicePrincipal,
            DeviceCodeSet => CredentialKind.DeviceCode,
            _ => CredentialKind.Default,
        },
        TenantId = TenantId,
        SubscriptionId = SubscriptionId,
        Environment = CloudEnvironment.Find(Environment),
        AccountId = AccountId,
        ApplicationId = Credential?.UserName ?? ApplicationId,
        Secret = Credential?.Password,
        CertificatePath = FullPath(cmdlet, CertificatePath),
    };
}
