using System.Text;
using System.Text.Json.Nodes;

namespace AzImageTools.Sandbox.Host.SignIn;

/// <summary>The tenants that can be signed in to, and tokens of them. Nobody checks a token's signature: it has none.</summary>
internal sealed class Tenants(SandboxCloud cloud)
{
    /// <summary>The application that signs in where a client has none of its own; any other will do.</summary>
    public const string ClientId = "5a4db0c5-0000-4000-8000-0000000000cc";

    /// <summary>Who signs in with a device code.</summary>
    public const string UserName = "somebody@sandbox.onmicrosoft.com";

    /// <summary>The object id of whoever signs in.</summary>
    public const string ObjectId = "5a4db0c5-0000-4000-8000-0000000000bb";

    /// <summary>Tokens are valid for an hour.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    private static readonly string[] AnyTenant = ["common", "organizations", "sandbox.onmicrosoft.com"];

    /// <summary>The id of the tenant that is signed in to where none is named.</summary>
    public string HomeId => cloud.TenantId;

    /// <summary>The id of a tenant by its id, its domain or a word for any; null where there is none.</summary>
    public string? Find(string name)
        => AnyTenant.Contains(name, StringComparer.OrdinalIgnoreCase)
            ? HomeId
            : cloud.TenantIds.FirstOrDefault(tenant => string.Equals(tenant, name, StringComparison.OrdinalIgnoreCase));

    /// <summary>A token for a resource.</summary>
    /// <param name="tenant">The tenant's id.</param>
    /// <param name="audience">The resource.</param>
    /// <param name="client">The application.</param>
    /// <param name="isUser">Whether a user signs in, by the application.</param>
    public static string CreateToken(string tenant, string audience, string client, bool isUser)
    {
        DateTimeOffset now = DateTimeOffset.UtcNow;
        JsonObject claims = new()
        {
            ["aud"] = audience,
            ["iss"] = $"https://sts.windows.net/{tenant}/",
            ["iat"] = now.ToUnixTimeSeconds(),
            ["nbf"] = now.ToUnixTimeSeconds(),
            ["exp"] = (now + Lifetime).ToUnixTimeSeconds(),
            ["appid"] = client,
            ["oid"] = ObjectId,
            ["sub"] = ObjectId,
            ["tid"] = tenant,
            ["ver"] = "1.0",
            ["idtyp"] = isUser ? "user" : "app",
        };
        if (isUser)
        {
            claims["name"] = "Somebody";
            claims["preferred_username"] = UserName;
            claims["unique_name"] = UserName;
            claims["upn"] = UserName;
        }

        return $"{Encode("""{"typ":"JWT","alg":"none"}""")}.{Encode(claims.ToJsonString())}.";
    }

    /// <summary>Base64 for addresses and tokens.</summary>
    public static string Encode(string text) => System.Buffers.Text.Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));
}
