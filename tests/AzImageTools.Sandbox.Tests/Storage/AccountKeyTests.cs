using System.Net;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;

namespace AzImageTools.Sandbox.Tests.Storage;

/// <summary>
/// Account keys. Sources: REST reference, Storage Accounts - List Keys, Regenerate Key; Microsoft Learn, "Authorize with Shared Key",
/// "Prevent Shared Key authorization", "Common REST API error codes" and "Blob service error codes". The signatures are those of the .NET SDK.
/// </summary>
public sealed class AccountKeyTests : IDisposable
{
    private readonly SandboxClient _client = new();

    public void Dispose()
    {
        _client.Dispose();
    }

    [Fact]
    public async Task Each_of_the_two_keys_opens_the_account_for_everything()
    {
        foreach (var key in await _client.ListKeys())
        {
            var service = _client.WithKey(key);
            var container = (await service.CreateBlobContainerAsync("c" + Guid.NewGuid().ToString("N"))).Value;
            var blob = container.GetPageBlobClient("folder/disk 1+ä.vhd");
            await blob.CreateAsync(4096, new PageBlobCreateOptions { Metadata = new Dictionary<string, string> { ["source"] = "a b" } });
            await blob.UploadPagesAsync(new MemoryStream(new byte[512]), 512);
            Assert.Single(await blob.GetAllPageRangesAsync().Select(item => item.Range));
            Assert.Equal(4096, (await blob.DownloadContentAsync()).Value.Content.ToMemory().Length);
            Assert.Equal(["folder/disk 1+ä.vhd"], await container.GetBlobsAsync(new GetBlobsOptions { Prefix = "folder/d", Traits = BlobTraits.Metadata }).Select(item => item.Name));
            await container.DeleteAsync();
        }
    }

    [Fact]
    public async Task A_wrong_key_and_the_key_of_another_account_are_refused()
    {
        var wrong = Convert.ToBase64String(new byte[64]);
        Assert.Equal((403, "AuthenticationFailed"), await AccountAccess.Refused(() => _client.WithKey(wrong).GetPropertiesAsync()));
        using var stranger = await SendSigned("SharedKey others:" + wrong);
        using var nonsense = await SendSigned("Basic eDp5");
        Assert.Equal((HttpStatusCode.Forbidden, "AuthenticationFailed"), (stranger.StatusCode, SandboxClient.StorageError(stranger)));
        Assert.Equal((HttpStatusCode.BadRequest, "InvalidAuthenticationInfo"), (nonsense.StatusCode, SandboxClient.StorageError(nonsense)));
    }

    [Fact]
    public async Task A_request_signed_long_ago_is_refused()
    {
        using var old = await SendSigned("SharedKey sandboximages:x", DateTimeOffset.UtcNow.AddMinutes(-20));
        Assert.Equal("AuthenticationFailed", SandboxClient.StorageError(old));
        Assert.Contains("Request date header too old", await old.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_key_made_anew_ends_the_old_one_and_what_it_signed()
    {
        var before = await _client.ListKeys();
        var sas = _client.Cloud.CreateBlobSas(AccountAccess.Name, "vhds", null, "l", DateTimeOffset.UtcNow.AddHours(1)).Query;
        using var response = await _client.SendJson("POST", _client.ResourcePath() + "/regenerateKey?api-version=2022-09-01", """{"keyName":"key1"}""");
        var after = AccountAccess.Keys(await SandboxClient.Json(response));
        Assert.NotEqual(before[0], after[0]);
        Assert.Equal(before[1], after[1]);
        Assert.Equal(64, Convert.FromBase64String(after[0]).Length);
        Assert.Equal((403, "AuthenticationFailed"), await AccountAccess.Refused(() => _client.WithKey(before[0]).GetPropertiesAsync()));
        Assert.Equal(200, (await _client.WithKey(after[0]).GetPropertiesAsync()).GetRawResponse().Status);
        Assert.Equal((403, "AuthenticationFailed"), await AccountAccess.Refused(async () => await _client.WithSas(sas).GetBlobContainerClient("vhds").GetBlobsAsync(new GetBlobsOptions()).Select(item => item.Name)));
        using var unknown = await _client.SendJson("POST", _client.ResourcePath() + "/regenerateKey?api-version=2022-09-01", """{"keyName":"key3"}""");
        Assert.Equal(HttpStatusCode.BadRequest, unknown.StatusCode);
    }

    [Fact]
    public async Task An_account_that_allows_no_keys_takes_tokens_only()
    {
        var key = (await _client.ListKeys())[0];
        var sas = _client.Cloud.CreateBlobSas(AccountAccess.Name, "vhds", "a.vhd", "r", DateTimeOffset.UtcNow.AddHours(1));
        await _client.Set("""{"allowSharedKeyAccess":false}""");
        Assert.Equal((403, "KeyBasedAuthenticationNotPermitted"), await AccountAccess.Refused(() => _client.WithKey(key).GetPropertiesAsync()));
        Assert.Equal((403, "KeyBasedAuthenticationNotPermitted"), await AccountAccess.Refused(() => _client.PageBlob(sas).GetPropertiesAsync()));
        await _client.PageBlob("a.vhd").CreateAsync(512);
        await _client.Set("""{"allowSharedKeyAccess":true}""");
        Assert.Equal(512, (await _client.PageBlob(sas).GetPropertiesAsync()).Value.ContentLength);
    }

    [Theory]
    [InlineData("""{"publicNetworkAccess":"Disabled"}""", """{"publicNetworkAccess":"Enabled"}""")]
    [InlineData("""{"networkAcls":{"defaultAction":"Deny"}}""", """{"networkAcls":{"defaultAction":"Deny","ipRules":[{"value":"203.0.113.7"}]}}""")]
    public async Task Network_rules_keep_everybody_out(string closed, string open)
    {
        var key = (await _client.ListKeys())[0];
        await _client.Set(closed);
        Assert.Equal((403, "AuthorizationFailure"), await AccountAccess.Refused(() => _client.WithKey(key).GetPropertiesAsync()));
        Assert.Equal((403, "AuthorizationFailure"), await AccountAccess.Refused(() => _client.PageBlob("a.vhd").CreateAsync(512)));
        await _client.Set(open);
        await _client.PageBlob("a.vhd").CreateAsync(512);
    }

    [Fact]
    public async Task A_token_without_a_version_that_knows_tokens_is_refused()
    {
        using var old = await _client.Send("GET", AccountAccess.Endpoint + "?comp=list", null, ("x-ms-version", "2017-07-29"));
        Assert.Equal((HttpStatusCode.Forbidden, "AuthenticationFailed"), (old.StatusCode, SandboxClient.StorageError(old)));
        Assert.Contains("Authentication scheme Bearer is not supported in this version.", await old.Content.ReadAsStringAsync());
    }

    private Task<HttpResponseMessage> SendSigned(string authorization, DateTimeOffset? date = null)
    {
        return _client.SendAs(
            null, "GET", AccountAccess.Endpoint + "?comp=list", null, ("Authorization", authorization), ("x-ms-date", (date ?? DateTimeOffset.UtcNow).ToString("R")));
    }
}
