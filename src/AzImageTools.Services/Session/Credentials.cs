using System.Text;
using System.Text.Json.Nodes;
using AzImageTools.Disks;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Identity;

namespace AzImageTools.Services.Session;

/// <summary>Makes the credential that a <see cref="ConnectRequest"/> asks for.</summary>
internal static class Credentials
{
    private static readonly TimeSpan SandboxTokenLifetime = TimeSpan.FromHours(1);

    /// <summary>Makes the credential. Nothing is fetched yet.</summary>
    /// <exception cref="ImageServiceException">The request lacks what its kind needs.</exception>
    public static TokenCredential Create(ConnectRequest request, HttpPipelineTransport transport, OperationContext context)
    {
        switch (request.Kind)
        {
            case CredentialKind.Default:
                DefaultAzureCredentialOptions options = WithHost(new DefaultAzureCredentialOptions(), request, transport);
                options.ExcludeInteractiveBrowserCredential = true;
                if (request.TenantId is not null)
                {
                    options.TenantId = request.TenantId;
                }

                return new DefaultAzureCredential(options);
            case CredentialKind.ManagedIdentity:
                return new ManagedIdentityCredential(WithHost(new ManagedIdentityCredentialOptions(IdentityOf(request.AccountId)), request, transport));
            case CredentialKind.ServicePrincipal:
                return ServicePrincipal(request, transport);
            case CredentialKind.DeviceCode:
                return new DeviceCodeCredential(WithHost(
                    new DeviceCodeCredentialOptions
                    {
                        TenantId = request.TenantId,
                        DeviceCodeCallback = (code, _) =>
                        {
                            context.Log.Warning(code.Message);
                            return Task.CompletedTask;
                        },
                    },
                    request,
                    transport));
            case CredentialKind.AzContext:
                return new DelegatedTokenCredential(request.TokenProvider ?? throw Lacks("AzContext", nameof(ConnectRequest.TokenProvider)), request.TenantId, context.Time);
            case CredentialKind.Sandbox:
                if (request.Handler is null)
                {
                    throw Lacks("Sandbox", nameof(ConnectRequest.Handler));
                }

                return new DelegatedTokenCredential(
                    (_, _) => Task.FromResult(new AccessTokenResult(SandboxToken(request.TenantId), context.Time.GetUtcNow() + SandboxTokenLifetime)), tenantId: null, context.Time);
            default:
                throw new ArgumentOutOfRangeException(nameof(request), request.Kind, "Unknown kind of credential.");
        }
    }

    /// <summary>A token of a tenant, unsigned (RFC 7519, section 6), or one that sees all that the sandbox has.</summary>
    private static string SandboxToken(string? tenant)
        => tenant is null ? "sandbox" : $"{Encode("{\"alg\":\"none\"}")}.{Encode(new JsonObject { ["tid"] = tenant }.ToJsonString())}.";

    private static string Encode(string json) => Convert.ToBase64String(Encoding.UTF8.GetBytes(json)).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    private static TokenCredential ServicePrincipal(ConnectRequest request, HttpPipelineTransport transport)
    {
        string tenant = request.TenantId ?? throw Lacks("a service principal", nameof(request.TenantId));
        string application = request.ApplicationId ?? throw Lacks("a service principal", nameof(request.ApplicationId));
        if (request.CertificatePath is not null)
        {
            return new ClientCertificateCredential(
                tenant, application, request.CertificatePath, WithHost(new ClientCertificateCredentialOptions(), request, transport));
        }

        string secret = SecretText.Reveal(request.Secret ?? throw Lacks("a service principal", $"{nameof(request.Secret)} or {nameof(request.CertificatePath)}"));
        return new ClientSecretCredential(tenant, application, secret, WithHost(new ClientSecretCredentialOptions(), request, transport));
    }

    private static ManagedIdentityId IdentityOf(string? accountId)
    {
        if (string.IsNullOrEmpty(accountId))
        {
            return ManagedIdentityId.SystemAssigned;
        }

        return accountId![0] == '/'
            ? ManagedIdentityId.FromUserAssignedResourceId(new ResourceIdentifier(accountId))
            : ManagedIdentityId.FromUserAssignedClientId(accountId);
    }

    private static T WithHost<T>(T options, ConnectRequest request, HttpPipelineTransport transport)
        where T : TokenCredentialOptions
    {
        options.AuthorityHost = request.Environment.AuthorityHost;
        options.Transport = transport;
        options.AddPolicy(RequestLogPolicy.Instance, HttpPipelinePosition.BeforeTransport);
        options.AddPolicy(AnswerLimitPolicy.Instance, HttpPipelinePosition.BeforeTransport);
        return options;
    }

    private static ImageServiceException Lacks(string kind, string what)
        => new("CredentialIncomplete", ErrorKind.InvalidArgument, $"To connect as {kind}, {what} is needed.", $"Give {what}.", what);
}
