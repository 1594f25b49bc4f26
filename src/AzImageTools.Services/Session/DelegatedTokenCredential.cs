using System.Collections.Concurrent;
using Azure.Core;
using Azure.Identity;

namespace AzImageTools.Services.Session;

/// <summary>
/// A credential whose tokens someone else fetches: the PowerShell session's Az context, or the sandbox. A token is kept
/// until shortly before it expires, since a job that outlives its pipeline can't fetch another.
/// </summary>
internal sealed class DelegatedTokenCredential(
    Func<AccessTokenQuery, CancellationToken, Task<AccessTokenResult>> provider, string? tenantId, TimeProvider time) : TokenCredential
{
    private const string DefaultScopeSuffix = "/.default";
    private static readonly TimeSpan RenewBefore = TimeSpan.FromMinutes(5);
    private readonly ConcurrentDictionary<string, AccessToken> _tokens = new(StringComparer.Ordinal);

    public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken)
        => GetTokenAsync(requestContext, cancellationToken).AsTask().GetAwaiter().GetResult();

    public override async ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken)
    {
        string scope = requestContext.Scopes.FirstOrDefault() ?? string.Empty;
        string resource = scope.EndsWith(DefaultScopeSuffix, StringComparison.Ordinal)
            ? scope.Substring(0, scope.Length - DefaultScopeSuffix.Length).TrimEnd('/') + "/"
            : scope;
        if (requestContext.Claims is null && _tokens.TryGetValue(resource, out AccessToken kept) && kept.ExpiresOn - time.GetUtcNow() > RenewBefore)
        {
            return kept;
        }

        AccessTokenResult result = await provider(new AccessTokenQuery(resource, tenantId), cancellationToken).ConfigureAwait(false);
        return _tokens[resource] = result.Token.Length > 0
            ? new AccessToken(result.Token, result.ExpiresOn)
            : throw new CredentialUnavailableException($"The Az context gave no token for {resource}.");
    }
}
