using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;

namespace AzImageTools.Sandbox.Host.SignIn;

/// <summary>
/// Microsoft Entra ID's endpoints: who an authority is, tokens by client secret or assertion, device code and refresh token. Any client and any secret
/// sign in; what a request must contain is asked for.
/// </summary>
internal sealed class SignInEndpoints(Tenants tenants)
{
    private static readonly string[] Hosts =
    [
        "login.chinacloudapi.cn", "login.microsoftonline.com", "login.microsoftonline.us", "login.partner.microsoftonline.cn", "login.windows.net",
    ];

    private readonly DeviceCodes _codes = new();

    public static bool IsHost(string host) => Hosts.Contains(host, StringComparer.OrdinalIgnoreCase);

    public async Task HandleAsync(HttpContext context)
    {
        string[] path = context.Request.Path.Value?.Split('/', StringSplitOptions.RemoveEmptyEntries) ?? [];
        string name = path.Length > 0 ? path[0] : "";
        if (tenants.Find(name) is not { } tenant)
        {
            await RefuseAsync(context, SignInError.UnknownTenant(name));
            return;
        }

        switch (context.Request.Method, string.Join('/', path.Skip(1)).ToUpperInvariant())
        {
            case ("GET", "DISCOVERY/INSTANCE"):
                await WriteAsync(context, HttpStatusCode.OK, DescribeInstance(context, tenant));
                break;
            case ("GET", "V2.0/.WELL-KNOWN/OPENID-CONFIGURATION" or ".WELL-KNOWN/OPENID-CONFIGURATION"):
                await WriteAsync(context, HttpStatusCode.OK, DescribeAuthority(context, name, tenant));
                break;
            case ("POST", "OAUTH2/V2.0/DEVICECODE"):
                await GiveCodeAsync(context);
                break;
            case ("POST", "OAUTH2/V2.0/TOKEN" or "OAUTH2/TOKEN"):
                await GiveTokenAsync(context, tenant);
                break;
            default:
                context.Response.StatusCode = (int)HttpStatusCode.NotFound;
                break;
        }
    }

    private static JsonObject DescribeInstance(HttpContext context, string tenant)
    {
        string host = context.Request.Host.Value!;
        return new JsonObject
        {
            ["tenant_discovery_endpoint"] = $"https://{host}/{tenant}/v2.0/.well-known/openid-configuration",
            ["api-version"] = "1.1",
            ["metadata"] = new JsonArray(new JsonObject { ["preferred_network"] = host, ["preferred_cache"] = host, ["aliases"] = new JsonArray(host) }),
        };
    }

    private static JsonObject DescribeAuthority(HttpContext context, string name, string tenant)
    {
        string host = context.Request.Host.Value!;
        string authority = $"https://{host}/{name}";
        return new JsonObject
        {
            ["token_endpoint"] = $"{authority}/oauth2/v2.0/token",
            ["authorization_endpoint"] = $"{authority}/oauth2/v2.0/authorize",
            ["device_authorization_endpoint"] = $"{authority}/oauth2/v2.0/devicecode",
            ["issuer"] = $"https://{host}/{tenant}/v2.0",
            ["jwks_uri"] = $"{authority}/discovery/v2.0/keys",
            ["response_types_supported"] = new JsonArray("code", "id_token", "code id_token"),
            ["subject_types_supported"] = new JsonArray("pairwise"),
            ["id_token_signing_alg_values_supported"] = new JsonArray("RS256"),
            ["scopes_supported"] = new JsonArray("openid", "profile", "email", "offline_access"),
            ["tenant_region_scope"] = null,
            ["cloud_instance_name"] = host["login.".Length..],
        };
    }

    private async Task GiveCodeAsync(HttpContext context)
    {
        IFormCollection form = await ReadFormAsync(context);
        if (Missing(form, "client_id", "scope") is { } missing)
        {
            await RefuseAsync(context, missing);
            return;
        }

        const string Address = "https://microsoft.com/devicelogin";
        const string UserCode = "SANDBOX";
        await WriteAsync(context, HttpStatusCode.OK, new JsonObject
        {
            ["user_code"] = UserCode,
            ["device_code"] = _codes.Create(),
            ["verification_uri"] = Address,
            ["expires_in"] = 900,
            ["interval"] = 1,
            ["message"] = $"In the sandbox nobody needs to do anything; elsewhere: to sign in, open the page {Address} and enter the code {UserCode} to authenticate.",
        });
    }

    private async Task GiveTokenAsync(HttpContext context, string tenant)
    {
        IFormCollection form = await ReadFormAsync(context);
        string grant = form["grant_type"].ToString();
        SignInError? refusal = Missing(form, "grant_type", "client_id") ?? grant switch
        {
            "client_credentials" => form.ContainsKey("client_secret") || form.ContainsKey("client_assertion") ? MissingResource(form) : SignInError.MissingSecret(),
            "refresh_token" => Missing(form, "refresh_token"),
            "urn:ietf:params:oauth:grant-type:device_code" or "device_code" => Missing(form, "device_code") ?? _codes.Redeem(form["device_code"].ToString()) switch
            {
                true => null,
                false => SignInError.Pending(),
                null => SignInError.UnknownCode(),
            },
            _ => SignInError.UnsupportedGrant(grant),
        };
        if (refusal is not null)
        {
            await RefuseAsync(context, refusal);
            return;
        }

        await WriteAsync(context, HttpStatusCode.OK, CreateAnswer(context, form, tenant, isUser: grant is not "client_credentials"));
    }

    private static JsonObject CreateAnswer(HttpContext context, IFormCollection form, string tenant, bool isUser)
    {
        string client = form["client_id"].ToString(), scope = form["scope"].ToString();
        JsonObject answer = new()
        {
            ["token_type"] = "Bearer",
            ["expires_in"] = (int)Tenants.Lifetime.TotalSeconds,
            ["ext_expires_in"] = (int)Tenants.Lifetime.TotalSeconds,
            ["access_token"] = Tenants.CreateToken(tenant, AudienceOf(form), client, isUser),
        };
        if (!context.Request.Path.Value!.Contains("/v2.0/", StringComparison.OrdinalIgnoreCase))
        {
            answer["expires_on"] = (DateTimeOffset.UtcNow + Tenants.Lifetime).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
            answer["resource"] = AudienceOf(form);
        }

        if (isUser)
        {
            answer["scope"] = scope;
            answer["refresh_token"] = "sandbox";
            answer["id_token"] = Tenants.CreateToken(tenant, client, client, isUser);
            answer["client_info"] = Tenants.Encode(new JsonObject { ["uid"] = Tenants.ObjectId, ["utid"] = tenant }.ToJsonString());
        }

        return answer;
    }

    private static string AudienceOf(IFormCollection form)
    {
        const string Default = "/.default";
        string? scope = form["scope"].ToString().Split(' ').FirstOrDefault(part => part.Contains("://", StringComparison.Ordinal));
        return scope is null ? form["resource"].ToString()
            : scope.EndsWith(Default, StringComparison.Ordinal) ? scope[..^Default.Length]
            : scope;
    }

    private static SignInError? MissingResource(IFormCollection form) => form.ContainsKey("resource") ? null : Missing(form, "scope");

    private static SignInError? Missing(IFormCollection form, params ReadOnlySpan<string> fields)
    {
        foreach (string field in fields)
        {
            if (form[field].ToString().Length == 0)
            {
                return SignInError.Missing(field);
            }
        }

        return null;
    }

    private static async Task<IFormCollection> ReadFormAsync(HttpContext context)
        => context.Request.HasFormContentType ? await context.Request.ReadFormAsync(context.RequestAborted) : FormCollection.Empty;

    private static Task RefuseAsync(HttpContext context, SignInError error) => WriteAsync(context, error.Status, new JsonObject
    {
        ["error"] = error.Error,
        ["error_description"] = string.Create(CultureInfo.InvariantCulture, $"AADSTS{error.Number}: {error.Description}"),
        ["error_codes"] = new JsonArray(error.Number),
        ["timestamp"] = DateTime.UtcNow.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture),
        ["trace_id"] = context.TraceIdentifier,
    });

    private static Task WriteAsync(HttpContext context, HttpStatusCode status, JsonObject answer)
    {
        context.Response.StatusCode = (int)status;
        return context.Response.WriteAsJsonAsync(answer, context.RequestAborted);
    }
}
