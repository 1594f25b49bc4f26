using Azure.Core;
using Azure.Core.Pipeline;

namespace AzImageTools.Services.Session;

/// <summary>
/// Adds another sign-in's token to requests that name something of its tenant (Microsoft Learn, "Authenticate requests across tenants"): to those alone that are
/// sent within <see cref="Use"/>, so that no other request carries it.
/// </summary>
internal sealed class AuxiliaryTokenPolicy : HttpPipelinePolicy
{
    private const string Header = "x-ms-authorization-auxiliary";
    private const string Property = "AzImageTools.AuxiliarySession";

    /// <summary>The policy. It has no state.</summary>
    public static AuxiliaryTokenPolicy Instance { get; } = new();

    /// <summary>Has the requests of a session carry another's token until the result is disposed of.</summary>
    /// <param name="session">The session that sends them.</param>
    /// <param name="other">The other; null for none. Of the same tenant it is not needed.</param>
    public static IDisposable? Use(ImageSession session, ImageSession? other)
        => other is null || string.Equals(other.Context.TenantId, session.Context.TenantId, StringComparison.OrdinalIgnoreCase)
            ? null
            : HttpPipeline.CreateHttpMessagePropertiesScope(new Dictionary<string, object?>(StringComparer.Ordinal) { [Property] = other });

    /// <inheritdoc/>
    public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
    {
        if (Find(message) is { } other)
        {
            message.Request.Headers.SetValue(Header, $"Bearer {other.Credential.GetToken(ScopeOf(other), message.CancellationToken).Token}");
        }

        ProcessNext(message, pipeline);
    }

    /// <inheritdoc/>
    public override async ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
    {
        if (Find(message) is { } other)
        {
            AccessToken token = await other.Credential.GetTokenAsync(ScopeOf(other), message.CancellationToken).ConfigureAwait(false);
            message.Request.Headers.SetValue(Header, $"Bearer {token.Token}");
        }

        await ProcessNextAsync(message, pipeline).ConfigureAwait(false);
    }

    private static ImageSession? Find(HttpMessage message) => message.TryGetProperty(Property, out object? value) ? value as ImageSession : null;

    private static TokenRequestContext ScopeOf(ImageSession other) => new([other.ManagementScope]);
}
