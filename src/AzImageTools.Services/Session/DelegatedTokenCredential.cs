using Azure.Core;
using Azure.Identity;

namespace AzImageTools.Services.Session;

/// <summary>A credential whose tokens someone else fetches: the PowerShell session's Az context, or the sandbox.</summary>
internal sealed class DelegatedTokenCredential(
    Func<AccessTokenQuery, CancellationToken, Task<AccessTokenResult>> provider, string? tenantId) : TokenCredential
{
    private const string DefaultScopeSuffix = "/.default";

    public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken)
        => GetTokenAsync(requestContext, cancellationToken).AsTask().GetAwaiter().GetResult();

    public override async ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken)
    {
        string scope = requestContext.Scopes.FirstOrDefault() ?? string.Empty;
        string resource = scope.EndsWith(DefaultScopeSuffix, StringComparison.Ordinal)
            ? scope.Substring(0, scope.Length - DefaultScopeSuffix.Length).TrimEnd('/') + "/"
            : scope;
        AccessTokenResult result = await provider(new AccessTokenQuery(resource, tenantId), cancellationToken).ConfigureAwait(false);
        return result.Token.Length > 0
            ? new AccessToken(result.Token, result.ExpiresOn)
            : throw new CredentialUnavailableException($"The Az context gave no token for {resource}.");
    }
}
