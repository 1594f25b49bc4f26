using System.Net;
using AzImageTools.Sandbox.Configuration;

namespace AzImageTools.Sandbox.Tests.Storage;

public sealed class SignatureTests : IDisposable
{
    private readonly ManualClock _clock = new();
    private readonly SandboxClient _client;

    public SignatureTests()
    {
        _client = new SandboxClient(new SandboxOptions { TimeProvider = _clock });
        _client.PageBlob("signed.vhd").Create(4096);
    }

    public void Dispose()
    {
        _client.Dispose();
    }

    [Fact]
    public async Task A_signature_permits_what_it_says_and_no_more()
    {
        var blob = _client.PageBlob(Sas("signed.vhd", "r"));
        Assert.Equal(4096, (await blob.GetPropertiesAsync()).Value.ContentLength);
        var refused = await Assert.ThrowsAsync<Azure.RequestFailedException>(() => blob.UploadPagesAsync(new MemoryStream(new byte[512]), 0));
        Assert.Equal((403, "AuthorizationPermissionMismatch"), (refused.Status, refused.ErrorCode));
        await _client.PageBlob(Sas("signed.vhd", "rw")).UploadPagesAsync(new MemoryStream(new byte[512]), 0);
    }

    [Fact]
    public async Task A_signature_for_a_container_serves_its_blobs()
    {
        var sas = _client.Cloud.CreateBlobSas("sandboximages", "vhds", null, "rcw", _clock.GetUtcNow().AddHours(1));
        await _client.PageBlob(new Uri("https://sandboximages.blob.core.windows.net/vhds/new.vhd" + sas.Query)).CreateAsync(512);
        using var elsewhere = await _client.SendAs(null, "GET", "https://sandboximages.blob.core.windows.net/others/new.vhd" + sas.Query);
        Assert.Equal("AuthenticationFailed", SandboxClient.StorageError(elsewhere));
    }

    [Fact]
    public async Task An_expired_or_changed_signature_is_refused()
    {
        var sas = Sas("signed.vhd", "rw").AbsoluteUri;
        using var changed = await _client.SendAs(null, "GET", sas.Replace("sp=rw", "sp=rwd", StringComparison.Ordinal));
        using var other = await _client.SendAs(null, "GET", sas.Replace("signed.vhd", "other.vhd", StringComparison.Ordinal));
        Assert.Equal((HttpStatusCode.Forbidden, "AuthenticationFailed"), (changed.StatusCode, SandboxClient.StorageError(changed)));
        Assert.Equal("AuthenticationFailed", SandboxClient.StorageError(other));

        _clock.Advance(TimeSpan.FromHours(2));
        using var late = await _client.SendAs(null, "GET", sas);
        Assert.Equal((HttpStatusCode.Forbidden, "AuthenticationFailed"), (late.StatusCode, SandboxClient.StorageError(late)));
    }

    [Fact]
    public async Task Without_token_or_signature_nothing_is_given()
    {
        using var response = await _client.SendAs(null, "GET", "https://sandboximages.blob.core.windows.net/vhds/signed.vhd");
        Assert.Equal((HttpStatusCode.Unauthorized, "NoAuthenticationInformation"), (response.StatusCode, SandboxClient.StorageError(response)));
    }

    [Fact]
    public async Task The_log_of_requests_holds_no_signature()
    {
        var sas = Sas("signed.vhd", "r");
        using var response = await _client.SendAs(null, "HEAD", sas.AbsoluteUri);
        var last = _client.Cloud.Requests[^1];
        Assert.Equal(("HEAD", "sandboximages.blob.core.windows.net", "/vhds/signed.vhd", 200), (last.Method, last.Host, last.Path, last.Status));
        Assert.DoesNotContain("sig=", last.ToString(), StringComparison.Ordinal);
    }

    private Uri Sas(string blob, string permissions)
    {
        return _client.Cloud.CreateBlobSas("sandboximages", "vhds", blob, permissions, _clock.GetUtcNow().AddHours(1));
    }
}
