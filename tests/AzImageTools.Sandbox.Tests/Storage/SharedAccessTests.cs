using AzImageTools.Sandbox.Configuration;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Azure.Storage.Sas;

namespace AzImageTools.Sandbox.Tests.Storage;

/// <summary>
/// Shared access signatures made by the .NET SDK. Sources: Microsoft Learn, "Create an account SAS", "Create a service SAS", "Create a user
/// delegation SAS", "Get User Delegation Key", "Common REST API error codes".
/// </summary>
public sealed class SharedAccessTests : IDisposable
{
    private readonly ManualClock _clock = new();
    private readonly SandboxClient _client;

    public SharedAccessTests()
    {
        _client = new SandboxClient(new SandboxOptions { TimeProvider = _clock });
        _client.PageBlob("signed.vhd").Create(4096);
    }

    private DateTimeOffset InAnHour => _clock.GetUtcNow().AddHours(1);

    public void Dispose()
    {
        _client.Dispose();
    }

    [Fact]
    public async Task A_signature_for_the_account_does_what_its_services_types_and_permissions_say()
    {
        var service = _client.WithSas(await AccountSas("rwdlac", AccountSasResourceTypes.All));
        Assert.Equal(["vhds"], await service.GetBlobContainersAsync().Select(item => item.Name));
        await service.CreateBlobContainerAsync("others");
        await service.GetBlobContainerClient("others").GetPageBlobClient("a").CreateAsync(512);

        var objectsOnly = _client.WithSas(await AccountSas("rwdlac", AccountSasResourceTypes.Object));
        var readOnly = _client.WithSas(await AccountSas("r", AccountSasResourceTypes.All));
        var filesOnly = _client.WithSas(await AccountSas("rwdlac", AccountSasResourceTypes.All, AccountSasServices.Files));
        Assert.Equal((403, "AuthorizationResourceTypeMismatch"), await AccountAccess.Refused(() => objectsOnly.CreateBlobContainerAsync("more")));
        Assert.Equal((403, "AuthorizationPermissionMismatch"), await AccountAccess.Refused(() => readOnly.CreateBlobContainerAsync("more")));
        Assert.Equal((403, "AuthorizationServiceMismatch"), await AccountAccess.Refused(() => filesOnly.CreateBlobContainerAsync("more")));
        Assert.Equal(4096, (await objectsOnly.GetBlobContainerClient("vhds").GetPageBlobClient("signed.vhd").GetPropertiesAsync()).Value.ContentLength);
    }

    [Fact]
    public async Task A_signature_for_a_blob_a_snapshot_or_a_container_is_good_for_that()
    {
        var blob = _client.PageBlob("signed.vhd");
        var snapshot = (await blob.CreateSnapshotAsync()).Value.Snapshot;
        var read = await ServiceSas(builder => builder.BlobName = "signed.vhd");
        var ofSnapshot = await ServiceSas(builder =>
        {
            builder.BlobName = "signed.vhd";
            builder.Snapshot = snapshot;
        });
        var ofContainer = await ServiceSas(builder => builder.SetPermissions(BlobContainerSasPermissions.Read | BlobContainerSasPermissions.List));

        Assert.Equal(4096, (await At("signed.vhd", read).GetPropertiesAsync()).Value.ContentLength);
        Assert.Equal(4096, (await At("signed.vhd", ofSnapshot).WithSnapshot(snapshot).GetPropertiesAsync()).Value.ContentLength);
        Assert.Equal(["signed.vhd"], await _client.WithSas(ofContainer).GetBlobContainerClient("vhds").GetBlobsAsync(new GetBlobsOptions()).Select(item => item.Name));
        Assert.Equal((403, "AuthenticationFailed"), await AccountAccess.Refused(() => At("other.vhd", read).GetPropertiesAsync()));
        Assert.Equal((403, "AuthenticationFailed"), await AccountAccess.Refused(() => At("signed.vhd", ofSnapshot).GetPropertiesAsync()));
        Assert.Equal((403, "AuthenticationFailed"), await AccountAccess.Refused(async () => await _client.WithSas(read).GetBlobContainerClient("vhds").GetBlobsAsync(new GetBlobsOptions()).Select(item => item.Name)));
        Assert.Equal((403, "AuthorizationFailure"), await AccountAccess.Refused(() => _client.WithSas(ofContainer).GetBlobContainerClient("vhds").DeleteAsync()));
    }

    [Fact]
    public async Task A_signature_is_not_good_before_its_start_nor_over_plain_http_where_it_says_so()
    {
        var early = await ServiceSas(builder =>
        {
            builder.BlobName = "signed.vhd";
            builder.StartsOn = _clock.GetUtcNow().AddMinutes(10);
        });
        var secure = await ServiceSas(builder =>
        {
            builder.BlobName = "signed.vhd";
            builder.Protocol = SasProtocol.Https;
        });
        Assert.Equal((403, "AuthenticationFailed"), await AccountAccess.Refused(() => At("signed.vhd", early).GetPropertiesAsync()));
        using var plain = await _client.SendAs(null, "HEAD", "http://sandboximages.blob.core.windows.net/vhds/signed.vhd?" + secure);
        Assert.Equal("AuthorizationProtocolMismatch", SandboxClient.StorageError(plain));
        _clock.Advance(TimeSpan.FromMinutes(11));
        Assert.Equal(4096, (await At("signed.vhd", early).GetPropertiesAsync()).Value.ContentLength);
    }

    [Fact]
    public async Task Who_may_create_may_not_overwrite()
    {
        var create = await ServiceSas(builder =>
        {
            builder.BlobName = "signed.vhd";
            builder.SetPermissions(BlobSasPermissions.Create);
        });
        Assert.Equal((403, "UnauthorizedBlobOverwrite"), await AccountAccess.Refused(() => At("signed.vhd", create).CreateAsync(512)));
    }

    [Theory]
    [InlineData(BlobClientOptions.ServiceVersion.V2019_07_07)]
    [InlineData(BlobClientOptions.ServiceVersion.V2020_10_02)]
    [InlineData(BlobClientOptions.ServiceVersion.V2023_11_03)]
    public async Task A_signature_of_an_older_version_is_checked_by_its_rules(BlobClientOptions.ServiceVersion version)
    {
        Assert.True(Enum.IsDefined(version));
        var text = version.ToString()[1..].Replace('_', '-');
        var key = Convert.FromBase64String((await _client.ListKeys())[0]);
        var expiry = InAnHour.ToString("yyyy-MM-ddTHH:mm:ssZ", System.Globalization.CultureInfo.InvariantCulture);
        string[] scope = string.CompareOrdinal(text, "2020-12-06") >= 0 ? [""] : [];
        string[] lines = ["r", "", expiry, "/blob/sandboximages/vhds/signed.vhd", "", "", "", text, "b", "", .. scope, "", "", "", "", ""];
        var signature = Convert.ToBase64String(System.Security.Cryptography.HMACSHA256.HashData(key, System.Text.Encoding.UTF8.GetBytes(string.Join('\n', lines))));
        using var answer = await _client.SendAs(
            null, "HEAD", $"{AccountAccess.Endpoint}vhds/signed.vhd?sp=r&sr=b&sv={text}&se={Uri.EscapeDataString(expiry)}&sig={Uri.EscapeDataString(signature)}");
        Assert.Equal(200, (int)answer.StatusCode);
    }

    [Fact]
    public async Task A_signature_by_a_users_key_is_good_as_long_as_the_key()
    {
        var key = (await _client.Blobs.GetUserDelegationKeyAsync(new BlobGetUserDelegationKeyOptions(_clock.GetUtcNow().AddDays(1)) { StartsOn = _clock.GetUtcNow() })).Value;
        Assert.Equal(("b", _client.Cloud.TenantId), (key.SignedService, key.SignedTenantId));
        var sas = DelegatedSas(key, InAnHour);
        var longer = DelegatedSas(key, _clock.GetUtcNow().AddDays(2));
        await _client.Set("""{"allowSharedKeyAccess":false}""");

        Assert.Equal(4096, (await At("signed.vhd", sas).GetPropertiesAsync()).Value.ContentLength);
        Assert.Equal((403, "AuthenticationFailed"), await AccountAccess.Refused(() => At("other.vhd", sas).GetPropertiesAsync()));
        Assert.Equal((403, "AuthenticationFailed"), await AccountAccess.Refused(() => At("signed.vhd", sas.Replace("skoid=5", "skoid=6", StringComparison.Ordinal)).GetPropertiesAsync()));
        Assert.Equal((403, "AuthenticationFailed"), await AccountAccess.Refused(() => At("signed.vhd", longer).GetPropertiesAsync()));
        _clock.Advance(TimeSpan.FromHours(2));
        Assert.Equal((403, "AuthenticationFailed"), await AccountAccess.Refused(() => At("signed.vhd", sas).GetPropertiesAsync()));
    }

    [Fact]
    public async Task Users_keys_are_for_seven_days_at_most_for_those_who_signed_in_and_can_be_revoked()
    {
        Assert.Equal((400, "InvalidXmlNodeValue"), await AccountAccess.Refused(() => KeyUntil(_client.Blobs, _clock.GetUtcNow().AddDays(8))));
        Assert.Equal((400, "InvalidXmlNodeValue"), await AccountAccess.Refused(() => KeyUntil(_client.Blobs, _clock.GetUtcNow().AddDays(-1))));
        Assert.Equal((403, "AuthenticationFailed"), await AccountAccess.Refused(async () => await KeyUntil(_client.WithKey((await _client.ListKeys())[0]), InAnHour)));

        var sas = DelegatedSas(await KeyUntil(_client.Blobs, _clock.GetUtcNow().AddDays(7)), InAnHour);
        Assert.Equal(4096, (await At("signed.vhd", sas).GetPropertiesAsync()).Value.ContentLength);
        using var revoked = await _client.SendJson("POST", _client.ResourcePath() + "/revokeUserDelegationKeys?api-version=2022-09-01", "");
        Assert.Equal(200, (int)revoked.StatusCode);
        Assert.Equal((403, "AuthenticationFailed"), await AccountAccess.Refused(() => At("signed.vhd", sas).GetPropertiesAsync()));
    }

    private static async Task<UserDelegationKey> KeyUntil(BlobServiceClient service, DateTimeOffset expiry)
    {
        return (await service.GetUserDelegationKeyAsync(new BlobGetUserDelegationKeyOptions(expiry))).Value;
    }

    private async Task<string> AccountSas(string permissions, AccountSasResourceTypes types, AccountSasServices services = AccountSasServices.Blobs)
    {
        var builder = new AccountSasBuilder { ExpiresOn = InAnHour, Services = services, ResourceTypes = types, Protocol = SasProtocol.HttpsAndHttp };
        builder.SetPermissions(permissions);
        return builder.ToSasQueryParameters(await _client.Credential()).ToString();
    }

    private async Task<string> ServiceSas(Action<BlobSasBuilder> change)
    {
        var builder = new BlobSasBuilder { BlobContainerName = "vhds", ExpiresOn = InAnHour };
        builder.SetPermissions("r");
        change(builder);
        return builder.ToSasQueryParameters(await _client.Credential()).ToString();
    }

    private string DelegatedSas(UserDelegationKey key, DateTimeOffset expiry)
    {
        var builder = new BlobSasBuilder(BlobSasPermissions.Read, expiry) { BlobContainerName = "vhds", BlobName = "signed.vhd" };
        return builder.ToSasQueryParameters(key, AccountAccess.Name).ToString();
    }

    private PageBlobClient At(string name, string query)
    {
        return _client.PageBlob(new Uri($"{AccountAccess.Endpoint}vhds/{name}?{query}"));
    }
}
