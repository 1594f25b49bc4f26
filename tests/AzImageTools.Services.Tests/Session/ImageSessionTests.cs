using System.Net;
using System.Text;
using AzImageTools.Disks;
using AzImageTools.Services.Session;

namespace AzImageTools.Services.Tests.Session;

public sealed class ImageSessionTests
{
    private const string First = "11111111-1111-1111-1111-111111111111";
    private const string Second = "22222222-2222-2222-2222-222222222222";
    private const string Tenant = "99999999-9999-9999-9999-999999999999";

    [Fact]
    public async Task The_only_enabled_subscription_is_chosen()
    {
        using ImageSession session = await ConnectAsync(Listing((First, "Old", "Disabled"), (Second, "Production", "Enabled")));

        Assert.Equal(Second, session.Context.SubscriptionId);
        Assert.Equal("Production", session.Context.SubscriptionName);
        Assert.Equal(Tenant, session.Context.TenantId);
        Assert.Equal("jane@contoso.example", session.Context.Account);
        Assert.Equal("AzureCloud", session.Context.Environment);
        Assert.False(session.Context.IsSandbox);
    }

    [Fact]
    public async Task A_connection_works_in_another_subscription_too_and_looks_for_it_once()
    {
        ScriptedHandler azure = Listing((First, "Test", "Enabled"), (Second, "Production", "Enabled"));
        using ImageSession session = await ConnectAsync(azure, "test");
        OperationContext context = new() { Cancellation = TestContext.Current.CancellationToken };

        ImageSession other = await session.InSubscriptionAsync("Production", context);

        Assert.Equal((Second, "Production"), (other.Context.SubscriptionId, other.Context.SubscriptionName));
        Assert.Equal(Second, other.Subscription.Id.SubscriptionId);
        Assert.Same(other, await session.InSubscriptionAsync("production", context));
        Assert.Same(session, await session.InSubscriptionAsync(First, context));
        Assert.Same(session, await session.InSubscriptionAsync(null, context));
        Assert.Equal(First, session.Context.SubscriptionId);
        ImageServiceException error = await Assert.ThrowsAsync<ImageServiceException>(() => session.InSubscriptionAsync("nosuch", context));
        Assert.Equal("SubscriptionNotFound", error.ErrorId);
    }

    [Fact]
    public async Task Of_several_subscriptions_one_must_be_named()
    {
        ScriptedHandler azure = Listing((First, "Test", "Enabled"), (Second, "Production", "Enabled"));

        ImageServiceException error = await Assert.ThrowsAsync<ImageServiceException>(() => ConnectAsync(azure));
        using ImageSession named = await ConnectAsync(azure, "production");

        Assert.Equal("SubscriptionAmbiguous", error.ErrorId);
        Assert.Contains(First, error.Message);
        Assert.Contains("Production", error.Message);
        Assert.Equal(Second, named.Context.SubscriptionId);
    }

    [Fact]
    public async Task Without_any_subscription_the_error_says_so()
    {
        ImageServiceException error = await Assert.ThrowsAsync<ImageServiceException>(() => ConnectAsync(Listing()));

        Assert.Equal("SubscriptionNotFound", error.ErrorId);
        Assert.Equal(ErrorKind.NotFound, error.Kind);
    }

    [Fact]
    public async Task A_subscription_given_by_id_is_not_searched_for()
    {
        ScriptedHandler azure = new((_, _) => Json(Subscription(First, "Test", "Enabled")));

        using ImageSession session = await ConnectAsync(azure, First);

        Uri request = Assert.Single(azure.Requests);
        Assert.Equal($"/subscriptions/{First}", request.AbsolutePath);
    }

    [Fact]
    public async Task A_subscription_that_is_not_there_is_an_error()
    {
        ScriptedHandler azure = new((_, _) => Json("""{"error":{"code":"SubscriptionNotFound","message":"The subscription could not be found."}}""", HttpStatusCode.NotFound));

        ImageServiceException error = await Assert.ThrowsAsync<ImageServiceException>(() => ConnectAsync(azure, First));

        Assert.Equal("SubscriptionNotFound", error.ErrorId);
        Assert.Equal(First, error.Target);
    }

    [Fact]
    public async Task An_application_without_a_secret_is_refused_before_anything_is_sent()
    {
        ScriptedHandler azure = Listing();
        ConnectRequest request = new() { Kind = CredentialKind.ServicePrincipal, TenantId = Tenant, ApplicationId = First, Handler = azure };

        ImageServiceException error = await Assert.ThrowsAsync<ImageServiceException>(() => ImageSession.ConnectAsync(request, OperationContext.None));

        Assert.Equal("CredentialIncomplete", error.ErrorId);
        Assert.Empty(azure.Requests);
    }

    [Fact]
    public async Task A_secret_that_Entra_refuses_is_an_authentication_error_without_the_secret()
    {
        ScriptedHandler entra = new((request, _) => request.RequestUri!.AbsolutePath.EndsWith("/token", StringComparison.Ordinal)
            ? Json("""{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided."}""", HttpStatusCode.Unauthorized)
            : Json($$"""
                {"token_endpoint":"https://login.microsoftonline.com/{{Tenant}}/oauth2/v2.0/token","authorization_endpoint":"https://login.microsoftonline.com/{{Tenant}}/oauth2/v2.0/authorize",
                 "issuer":"https://login.microsoftonline.com/{{Tenant}}/v2.0","tenant_discovery_endpoint":"https://login.microsoftonline.com/{{Tenant}}/v2.0/.well-known/openid-configuration","metadata":[]}
                """));
        ConnectRequest request = new()
        {
            Kind = CredentialKind.ServicePrincipal,
            TenantId = Tenant,
            ApplicationId = First,
            Secret = new NetworkCredential(string.Empty, "s3cr3t-of-the-app").SecurePassword,
            Handler = entra,
        };

        ImageServiceException error = await Assert.ThrowsAsync<ImageServiceException>(() => ImageSession.ConnectAsync(request, OperationContext.None));

        Assert.Equal("AuthenticationFailed", error.ErrorId);
        Assert.Equal(ErrorKind.Authentication, error.Kind);
        Assert.Contains("AADSTS7000215", error.Message);
        Assert.DoesNotContain("s3cr3t", error.ToString());
    }

    [Theory]
    [InlineData("azureusgovernment", "https://management.usgovcloudapi.net/", "https://stor.blob.core.usgovcloudapi.net/vhds/a%20b.vhd")]
    [InlineData("AzureChinaCloud", "https://management.chinacloudapi.cn/", "https://stor.blob.core.chinacloudapi.cn/vhds/a%20b.vhd")]
    public async Task Each_cloud_has_its_own_endpoints_and_audience(string cloud, string endpoint, string blob)
    {
        List<string> resources = [];
        ScriptedHandler azure = new((_, _) => Json(Subscription(First, "Test", "Enabled")));
        using ImageSession session = await ImageSession.ConnectAsync(
            new ConnectRequest
            {
                Kind = CredentialKind.AzContext,
                Environment = CloudEnvironment.Find(cloud),
                SubscriptionId = First,
                Handler = azure,
                TokenProvider = (query, _) =>
                {
                    resources.Add(query.Resource);
                    return Task.FromResult(Token());
                },
            },
            OperationContext.None);

        Assert.All(resources, resource => Assert.Equal(endpoint, resource));
        Assert.StartsWith(endpoint, Assert.Single(azure.Requests).AbsoluteUri);
        Assert.Equal(blob, session.Storage.BlobUri("stor", "vhds", "a b.vhd").AbsoluteUri);
    }

    [Fact]
    public void An_unknown_cloud_is_refused_with_the_known_ones()
        => Assert.Contains("AzureUSGovernment", Assert.Throws<ImageServiceException>(() => CloudEnvironment.Find("Azure")).Message);

    private static Task<ImageSession> ConnectAsync(HttpMessageHandler azure, string? subscription = null)
        => ImageSession.ConnectAsync(
            new ConnectRequest
            {
                Kind = CredentialKind.AzContext,
                SubscriptionId = subscription,
                Handler = azure,
                TokenProvider = (_, _) => Task.FromResult(Token()),
            },
            OperationContext.None);

    private static AccessTokenResult Token()
    {
        string payload = Convert.ToBase64String(Encoding.UTF8.GetBytes($$"""{"upn":"jane@contoso.example","tid":"{{Tenant}}"}""")).TrimEnd('=').Replace('+', '-').Replace('/', '_');
        return new AccessTokenResult($"eyJhbGciOiJub25lIn0.{payload}.c2ln", DateTimeOffset.UtcNow.AddHours(1));
    }

    private static ScriptedHandler Listing(params (string Id, string Name, string State)[] subscriptions)
        => new((_, _) => Json($$"""{"value":[{{string.Join(',', subscriptions.Select(one => Subscription(one.Id, one.Name, one.State)))}}]}"""));

    private static string Subscription(string id, string name, string state)
        => $$"""{"id":"/subscriptions/{{id}}","subscriptionId":"{{id}}","displayName":"{{name}}","state":"{{state}}","tenantId":"{{Tenant}}"}""";

    private static HttpResponseMessage Json(string body, HttpStatusCode status = HttpStatusCode.OK)
        => new(status) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
}
