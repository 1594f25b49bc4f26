using System.Net;

namespace AzImageTools.Sandbox.Host.SignIn;

/// <summary>A refusal of Microsoft Entra ID.</summary>
/// <param name="Status">The status code.</param>
/// <param name="Error">OAuth's code, such as <c>invalid_request</c>.</param>
/// <param name="Number">The number of the AADSTS code.</param>
/// <param name="Description">What it says.</param>
internal sealed record SignInError(HttpStatusCode Status, string Error, int Number, string Description)
{
    public static SignInError UnknownTenant(string name)
        => new(HttpStatusCode.BadRequest, "invalid_tenant", 90002, $"Tenant '{name}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.");

    public static SignInError Missing(string field)
        => new(HttpStatusCode.BadRequest, "invalid_request", 900144, $"The request body must contain the following parameter: '{field}'.");

    public static SignInError MissingSecret()
        => new(HttpStatusCode.Unauthorized, "invalid_client", 7000218, "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.");

    public static SignInError UnsupportedGrant(string type)
        => new(HttpStatusCode.BadRequest, "unsupported_grant_type", 70003, $"The app requested an unsupported grant type '{type}'.");

    public static SignInError Pending()
        => new(HttpStatusCode.BadRequest, "authorization_pending", 70016, "OAuth 2.0 device flow error. Authorization is pending. Continue polling.");

    public static SignInError UnknownCode()
        => new(HttpStatusCode.BadRequest, "expired_token", 70020, "The provided value for the input parameter 'device_code' is not valid.");
}
