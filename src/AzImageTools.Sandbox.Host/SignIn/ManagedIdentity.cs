using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;

namespace AzImageTools.Sandbox.Host.SignIn;

/// <summary>The identity of an Azure machine, as the Instance Metadata Service gives tokens for it: here at 169.254.169.254 through the proxy, and at the proxy itself.</summary>
internal sealed class ManagedIdentity(Tenants tenants)
{
    /// <summary>Whether a host is the metadata service's, or this machine.</summary>
    public static bool IsHost(string host) => host is "169.254.169.254" or "127.0.0.1" or "localhost";

    public Task HandleAsync(HttpContext context)
    {
        HttpRequest request = context.Request;

        // Some clients end the path with a slash.
        return !HttpMethods.IsGet(request.Method) || !string.Equals(request.Path.Value?.TrimEnd('/'), "/metadata/identity/oauth2/token", StringComparison.OrdinalIgnoreCase)
                ? RefuseAsync(context, HttpStatusCode.NotFound, "not_found", "The sandbox's metadata service has tokens alone: /metadata/identity/oauth2/token.")
            : !string.Equals(request.Headers["Metadata"], "true", StringComparison.OrdinalIgnoreCase)
                ? RefuseAsync(context, HttpStatusCode.BadRequest, "invalid_request", "Required metadata header not specified")
            : request.Query["resource"].ToString() is not { Length: > 0 } resource
                ? RefuseAsync(context, HttpStatusCode.BadRequest, "invalid_request", "Required query variable 'resource' is missing")
            : GiveAsync(context, resource);
    }

    private Task GiveAsync(HttpContext context, string resource)
    {
        DateTimeOffset now = DateTimeOffset.UtcNow;
        string client = context.Request.Query["client_id"].ToString() is { Length: > 0 } named ? named : Tenants.ClientId;
        string lifetime = Tenants.Lifetime.TotalSeconds.ToString(CultureInfo.InvariantCulture);
        return WriteAsync(context, HttpStatusCode.OK, new JsonObject
        {
            ["access_token"] = Tenants.CreateToken(tenants.HomeId, resource, client, isUser: false),
            ["client_id"] = client,
            ["expires_in"] = lifetime,
            ["expires_on"] = (now + Tenants.Lifetime).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
            ["ext_expires_in"] = lifetime,
            ["not_before"] = now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
            ["resource"] = resource,
            ["token_type"] = "Bearer",
        });
    }

    private static Task RefuseAsync(HttpContext context, HttpStatusCode status, string error, string description)
        => WriteAsync(context, status, new JsonObject { ["error"] = error, ["error_description"] = description });

    private static Task WriteAsync(HttpContext context, HttpStatusCode status, JsonObject answer)
    {
        context.Response.StatusCode = (int)status;
        return context.Response.WriteAsJsonAsync(answer, context.RequestAborted);
    }
}
