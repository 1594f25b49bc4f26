using System.Text;
using System.Text.Json;

namespace AzImageTools.Services.Session;

/// <summary>
/// Who an access token was made out to: the claims of its payload (RFC 7519), read for display alone. Nothing is decided by them.
/// </summary>
/// <param name="Account">The user's, application's or identity's name; null where the token tells none.</param>
/// <param name="TenantId">The tenant that issued the token; null where the token tells none.</param>
internal sealed record AccessTokenClaims(string? Account, string? TenantId)
{
    private const int LongestToken = 64 * 1024;
    private static readonly string[] AccountClaims = ["upn", "preferred_username", "unique_name", "app_displayname", "appid", "oid"];

    /// <summary>Reads the claims; none from what is not a JSON web token.</summary>
    public static AccessTokenClaims Read(string token)
    {
        string[] parts = token.Split('.');
        if (token.Length > LongestToken || parts.Length < 2)
        {
            return new AccessTokenClaims(null, null);
        }

        try
        {
            using JsonDocument payload = JsonDocument.Parse(Encoding.UTF8.GetString(DecodeBase64Url(parts[1])));
            return payload.RootElement.ValueKind == JsonValueKind.Object
                ? new AccessTokenClaims(AccountClaims.Select(name => Text(payload, name)).FirstOrDefault(value => value is not null), Text(payload, "tid"))
                : new AccessTokenClaims(null, null);
        }
        catch (Exception exception) when (exception is JsonException or FormatException)
        {
            return new AccessTokenClaims(null, null);
        }
    }

    private static string? Text(JsonDocument payload, string name)
        => payload.RootElement.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static byte[] DecodeBase64Url(string text)
    {
        string base64 = text.Replace('-', '+').Replace('_', '/');
        return Convert.FromBase64String(base64.PadRight((base64.Length + 3) / 4 * 4, '='));
    }
}
