using System.Net;
using System.Text.Json;
using AzImageTools.Sandbox.Configuration;

namespace AzImageTools.Clients.Tests.Server;

public sealed class SignInTests : IAsyncLifetime
{
    private const string Tenant = "5a4db0c5-0000-4000-8000-0000000000aa";
    private const string Login = "https://login.microsoftonline.com/";
    private ServedCloud _served = null!;
    private HttpClient _client = null!;

    public async ValueTask InitializeAsync()
    {
        _served = await ServedCloud.StartAsync();
        _client = _served.CreateClient();
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _served.DisposeAsync();
    }

    [Theory]
    [InlineData(Tenant)]
    [InlineData("organizations")]
    public async Task Any_secret_signs_in_and_the_token_is_for_what_was_asked(string tenant)
    {
        (HttpStatusCode status, JsonElement token) = await PostAsync($"{tenant}/oauth2/v2.0/token", "grant_type=client_credentials&client_id=me&client_secret=any&scope=https%3A%2F%2Fmanagement.azure.com%2F.default");

        Assert.Equal(HttpStatusCode.OK, status);
        JsonElement claims = Claims(token.GetProperty("access_token").GetString()!);
        Assert.Equal("https://management.azure.com", claims.GetProperty("aud").GetString());
        Assert.Equal(Tenant, claims.GetProperty("tid").GetString());
        Assert.Equal("me", claims.GetProperty("appid").GetString());
    }

    [Fact]
    public async Task The_tenants_of_further_subscriptions_are_signed_in_to_as_themselves()
    {
        const string Other = "5a4db0c5-0000-4000-8000-0000000000ab";
        SandboxSubscription further = new() { SubscriptionId = "5a4db0c5-0000-4000-8000-000000000002", TenantId = Other };
        await using ServedCloud served = await ServedCloud.StartAsync(new SandboxOptions { OtherSubscriptions = [further] });
        using HttpClient client = served.CreateClient();
        using StringContent form = new(
            "grant_type=client_credentials&client_id=me&client_secret=any&scope=https%3A%2F%2Fmanagement.azure.com%2F.default", System.Text.Encoding.ASCII, "application/x-www-form-urlencoded");

        using HttpResponseMessage answer = await client.PostAsync($"{Login}{Other}/oauth2/v2.0/token", form);

        JsonElement token = JsonElement.Parse(await answer.Content.ReadAsStringAsync());
        Assert.Equal(Other, Claims(token.GetProperty("access_token").GetString()!).GetProperty("tid").GetString());
    }

    [Theory]
    [InlineData("11111111-1111-1111-1111-111111111111", "grant_type=client_credentials&client_id=me&client_secret=any&scope=x", 400, "invalid_tenant", 90002)]
    [InlineData(Tenant, "grant_type=client_credentials&client_id=me&scope=x", 401, "invalid_client", 7000218)]
    [InlineData(Tenant, "grant_type=client_credentials&client_secret=any&scope=x", 400, "invalid_request", 900144)]
    [InlineData(Tenant, "grant_type=client_credentials&client_id=me&client_secret=any", 400, "invalid_request", 900144)]
    [InlineData(Tenant, "grant_type=magic&client_id=me", 400, "unsupported_grant_type", 70003)]
    [InlineData(Tenant, "grant_type=device_code&client_id=me&device_code=none", 400, "expired_token", 70020)]
    [InlineData(Tenant, "", 400, "invalid_request", 900144)]
    public async Task What_a_request_lacks_is_told_with_Entras_code(string tenant, string form, int status, string error, int code)
    {
        (HttpStatusCode answered, JsonElement refusal) = await PostAsync($"{tenant}/oauth2/v2.0/token", form);

        Assert.Equal(status, (int)answered);
        Assert.Equal(error, refusal.GetProperty("error").GetString());
        Assert.Equal(code, refusal.GetProperty("error_codes")[0].GetInt32());
        Assert.StartsWith($"AADSTS{code}: ", refusal.GetProperty("error_description").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_device_code_is_told_to_wait_then_signs_in_once()
    {
        (_, JsonElement code) = await PostAsync("common/oauth2/v2.0/devicecode", "client_id=me&scope=https%3A%2F%2Fmanagement.azure.com%2F.default+offline_access");
        string poll = $"grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&client_id=me&device_code={code.GetProperty("device_code").GetString()}";

        (_, JsonElement first) = await PostAsync("common/oauth2/v2.0/token", poll);
        (HttpStatusCode status, JsonElement second) = await PostAsync("common/oauth2/v2.0/token", poll);
        (_, JsonElement third) = await PostAsync("common/oauth2/v2.0/token", poll);

        Assert.Equal("authorization_pending", first.GetProperty("error").GetString());
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal("me", Claims(second.GetProperty("id_token").GetString()!).GetProperty("aud").GetString());
        Assert.Equal("expired_token", third.GetProperty("error").GetString());
        (_, JsonElement refreshed) = await PostAsync("common/oauth2/v2.0/token", $"grant_type=refresh_token&client_id=me&refresh_token={second.GetProperty("refresh_token").GetString()}&scope=x");
        Assert.True(refreshed.TryGetProperty("access_token", out _));
    }

    [Fact]
    public async Task A_machines_identity_gets_a_token_where_the_header_says_that_it_is_no_accident()
    {
        const string Address = "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fmanagement.azure.com%2F";
        using HttpRequestMessage request = new(HttpMethod.Get, Address);
        request.Headers.Add("Metadata", "true");

        using HttpResponseMessage answer = await _client.SendAsync(request);
        using HttpResponseMessage refused = await _client.GetAsync(Address);

        JsonElement token = JsonElement.Parse(await answer.Content.ReadAsStringAsync());
        Assert.Equal("https://management.azure.com/", Claims(token.GetProperty("access_token").GetString()!).GetProperty("aud").GetString());
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
    }

    [Fact]
    public async Task An_authority_tells_of_itself_and_an_unknown_tenant_has_none()
    {
        JsonElement authority = JsonElement.Parse(await _client.GetStringAsync(Login + Tenant + "/v2.0/.well-known/openid-configuration"));
        JsonElement instance = JsonElement.Parse(await _client.GetStringAsync(Login + "common/discovery/instance?api-version=1.1&authorization_endpoint=x"));
        using HttpResponseMessage unknown = await _client.GetAsync(Login + "contoso.com/v2.0/.well-known/openid-configuration");

        Assert.Equal($"{Login}{Tenant}/v2.0", authority.GetProperty("issuer").GetString());
        Assert.Equal("login.microsoftonline.com", instance.GetProperty("metadata")[0].GetProperty("preferred_network").GetString());
        Assert.Equal(HttpStatusCode.BadRequest, unknown.StatusCode);
    }

    [Theory]
    [InlineData("2015-01-01", JsonValueKind.Object)]
    [InlineData("2019-05-01", JsonValueKind.Array)]
    [InlineData("2022-09-01", JsonValueKind.Object)]
    public async Task The_clouds_endpoints_are_told_without_a_token_in_the_form_of_each_version(string version, JsonValueKind kind)
    {
        _client.DefaultRequestHeaders.Remove("Authorization");
        JsonElement endpoints = JsonElement.Parse(await _client.GetStringAsync("https://management.azure.com/metadata/endpoints?api-version=" + version));

        Assert.Equal(kind, endpoints.ValueKind);
        JsonElement cloud = kind is JsonValueKind.Array ? endpoints[0] : endpoints;
        Assert.StartsWith("https://login.microsoftonline.com", cloud.GetProperty("authentication").GetProperty("loginEndpoint").GetString(), StringComparison.Ordinal);
    }

    private static JsonElement Claims(string token) => JsonElement.Parse(System.Buffers.Text.Base64Url.DecodeFromChars(token.Split('.')[1]));

    private async Task<(HttpStatusCode Status, JsonElement Answer)> PostAsync(string path, string form)
    {
        using StringContent content = new(form, System.Text.Encoding.ASCII, "application/x-www-form-urlencoded");
        using HttpResponseMessage answer = await _client.PostAsync(Login + path, content);
        return (answer.StatusCode, JsonElement.Parse(await answer.Content.ReadAsStringAsync()));
    }
}
