using System.Runtime.InteropServices;
using System.Security;

namespace AzImageTools.Services.Session;

/// <summary>A token that a <see cref="ConnectRequest.TokenProvider"/> fetched.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly struct AccessTokenResult
{
    private readonly string? _token;

    /// <summary>A token as Az up to version 13 gives it.</summary>
    /// <param name="token">The token.</param>
    /// <param name="expiresOn">When it ends to be valid.</param>
    public AccessTokenResult(string token, DateTimeOffset expiresOn)
    {
        _token = token;
        ExpiresOn = expiresOn;
    }

    /// <summary>A token as Az from version 14 on gives it.</summary>
    /// <param name="token">The token.</param>
    /// <param name="expiresOn">When it ends to be valid.</param>
    public AccessTokenResult(SecureString token, DateTimeOffset expiresOn)
        : this(SecretText.Reveal(token), expiresOn)
    {
    }

    /// <summary>When the token ends to be valid.</summary>
    public DateTimeOffset ExpiresOn { get; }

    internal string Token => _token ?? string.Empty;

    /// <summary>Never the token.</summary>
    public override string ToString() => $"token until {ExpiresOn:u}";
}

/// <summary>Which token is wanted of a <see cref="ConnectRequest.TokenProvider"/>.</summary>
/// <param name="Resource">The service it is for, such as <c>https://management.azure.com/</c>.</param>
/// <param name="TenantId">The tenant; null for the provider's own.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct AccessTokenQuery(string Resource, string? TenantId);
