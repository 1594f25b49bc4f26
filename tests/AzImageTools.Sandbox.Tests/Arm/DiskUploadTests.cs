using System.Net;
using AzImageTools.Sandbox.Configuration;
using AzImageTools.Sandbox.Storage;
using Azure;
using Azure.Core;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;
using Azure.Storage.Blobs.Specialized;

namespace AzImageTools.Sandbox.Tests.Arm;

public sealed class DiskUploadTests : IDisposable
{
    private const int Capacity = 24 << 20;

    private readonly ManualClock _clock = new();
    private readonly SandboxClient _client;

    public DiskUploadTests()
    {
        _client = new SandboxClient(new SandboxOptions { TimeProvider = _clock });
    }

    public void Dispose()
    {
        _client.Dispose();
    }

    [Fact]
    public async Task An_upload_goes_from_ready_to_active_to_unattached()
    {
        var disk = await CreateUpload("upload");
        Assert.Equal((DiskState.ReadyToUpload, "Succeeded"), (disk.Data.DiskState, disk.Data.ProvisioningState));
        Assert.Equal(((long?)null, (int?)null), (disk.Data.DiskSizeBytes, disk.Data.DiskSizeGB));

        var sas = await Grant(disk);
        Assert.StartsWith("md-impexp-", sas.Host, StringComparison.Ordinal);
        Assert.Equal(DiskState.ActiveUpload, (await Get("upload")).Data.DiskState);

        var pages = new byte[1 << 20];
        Random.Shared.NextBytes(pages);
        var blob = _client.PageBlob(sas);
        await blob.UploadPagesAsync(new MemoryStream(pages), 4 << 20);
        await WriteFooter(blob);
        Assert.Equal(
            [new HttpRange(4 << 20, 1 << 20), new HttpRange(Capacity, 512)],
            await blob.GetAllPageRangesAsync().Select(item => item.Range));

        await SandboxClient.Finish(await disk.RevokeAccessAsync(WaitUntil.Started));
        var uploaded = (await Get("upload")).Data;
        Assert.Equal((DiskState.Unattached, (long?)Capacity, (int?)1), (uploaded.DiskState, uploaded.DiskSizeBytes, uploaded.DiskSizeGB));
        var file = _client.Cloud.FindDiskFile(disk.Id.ToString());
        Assert.NotNull(file);
        Assert.Equal(Capacity + 512, new FileInfo(file).Length);
        var refused = await Assert.ThrowsAsync<RequestFailedException>(() => blob.GetPropertiesAsync());
        Assert.Equal(403, refused.Status);
    }

    [Fact]
    public async Task Read_access_ends_by_itself_when_its_time_is_over_and_the_disk_is_free_again()
    {
        var compute = new ComputeClient(_client, "2023-04-02");
        var body = $$"""{"location":"westeurope","properties":{"creationData":{"createOption":"Copy","sourceResourceId":"{{compute.Id("disks/win-vm_OsDisk_1")}}"} } }""";
        Assert.Null(ComputeClient.Error(await compute.Do("PUT", "disks/copy", body)));
        Assert.Null(ComputeClient.Error(await compute.Do("POST", "disks/copy/beginGetAccess", """{"access":"Read","durationInSeconds":900}""")));

        _clock.Advance(TimeSpan.FromMinutes(14));
        Assert.Equal(DiskState.ActiveSas, (await Get("copy")).Data.DiskState);
        _clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(DiskState.Unattached, (await Get("copy")).Data.DiskState);
    }

    [Theory]
    [InlineData("cookie", "conectix")]
    [InlineData("checksum", "checksum")]
    [InlineData("size", "size")]
    [InlineData("type", "fixed")]
    public async Task Ending_access_refuses_a_disk_without_a_right_footer(string damage, string said)
    {
        var disk = await CreateUpload("damaged");
        var blob = _client.PageBlob(await Grant(disk));
        var footer = VhdFooter.Create(damage == "size" ? Capacity - (1 << 20) : Capacity, Guid.NewGuid());
        if (damage == "cookie")
        {
            footer[0] = (byte)'x';
        }
        else if (damage == "checksum")
        {
            footer[100] ^= 1;
        }
        else if (damage == "type")
        {
            footer[63]++;
            footer[67]--;
        }

        await blob.UploadPagesAsync(new MemoryStream(footer), Capacity);
        var refused = await Assert.ThrowsAsync<RequestFailedException>(async () => await SandboxClient.Finish(await disk.RevokeAccessAsync(WaitUntil.Started)));
        Assert.Equal("InvalidVhd", refused.ErrorCode);
        Assert.Contains(said, refused.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(DiskState.ActiveUpload, (await Get("damaged")).Data.DiskState);
    }

    [Theory]
    [InlineData(20_972_031L)]
    [InlineData(20_972_032L + 512)]
    [InlineData(35_183_298_347_521L)]
    public async Task An_upload_of_a_size_that_azure_does_not_take_is_refused(long size)
    {
        var refused = await Assert.ThrowsAsync<RequestFailedException>(() => CreateUpload("odd", size));
        Assert.Equal((400, "InvalidParameter"), (refused.Status, refused.ErrorCode));
    }

    [Fact]
    public async Task A_disk_with_guest_state_has_a_second_signature()
    {
        var data = new ManagedDiskData(AzureLocation.WestEurope)
        {
            CreationData = new DiskCreationData(DiskCreateOption.UploadPreparedSecure) { UploadSizeBytes = Capacity + 512 },
            SecurityProfile = new DiskSecurityProfile { SecurityType = DiskSecurityType.TrustedLaunch },
        };
        var disk = await SandboxClient.Finish(await _client.Group.GetManagedDisks().CreateOrUpdateAsync(WaitUntil.Started, "secure", data));
        var grant = new GrantAccessData(AccessLevel.Write, 3600) { GetSecureVmGuestStateSas = true };
        var access = await SandboxClient.Finish(await disk.GrantAccessAsync(WaitUntil.Started, grant));
        Assert.NotEqual(access.AccessSas, access.SecurityDataAccessSas);
        await _client.PageBlob(new Uri(access.SecurityDataAccessSas)).UploadPagesAsync(new MemoryStream(new byte[512]), 0);
        Assert.Empty(await _client.PageBlob(new Uri(access.AccessSas)).GetAllPageRangesAsync().Select(item => item.Range));
    }

    [Fact]
    public async Task Pages_of_a_disk_that_wants_a_sign_in_are_refused_without_a_token_beside_the_signature()
    {
        var data = new ManagedDiskData(AzureLocation.WestEurope)
        {
            CreationData = new DiskCreationData(DiskCreateOption.Upload) { UploadSizeBytes = Capacity + 512 },
            DataAccessAuthMode = DataAccessAuthMode.AzureActiveDirectory,
        };
        var disk = await SandboxClient.Finish(await _client.Group.GetManagedDisks().CreateOrUpdateAsync(WaitUntil.Started, "signed-in", data));
        var sas = (await Grant(disk)).AbsoluteUri;
        using var refused = await _client.SendAs(null, "HEAD", sas);
        using var wrongSignature = await _client.SendAs("any", "HEAD", sas.Replace("sig=", "sig=x", StringComparison.Ordinal));
        using var allowed = await _client.SendAs("any", "HEAD", sas);
        Assert.Equal((HttpStatusCode.Unauthorized, "NoAuthenticationInformation"), (refused.StatusCode, SandboxClient.StorageError(refused)));
        Assert.Contains("resource_id=https://disk.azure.com/", refused.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Forbidden, wrongSignature.StatusCode);
        Assert.Equal(HttpStatusCode.OK, allowed.StatusCode);
    }

    [Fact]
    public async Task The_size_of_an_upload_can_not_be_changed_by_creating_the_disk_again()
    {
        await CreateUpload("first");
        var refused = await Assert.ThrowsAsync<RequestFailedException>(() => CreateUpload("first", Capacity + (1 << 20) + 512));
        Assert.Equal((409, "PropertyChangeNotAllowed"), (refused.Status, refused.ErrorCode));
        Assert.Equal(Capacity + 512, (await Get("first")).Data.CreationData.UploadSizeBytes);
    }

    [Fact]
    public async Task Only_pages_can_be_written_through_the_signature()
    {
        var sas = (await Grant(await CreateUpload("pages"))).AbsoluteUri;
        using var put = await _client.SendAs(null, "PUT", sas, null, ("x-ms-blob-type", "PageBlob"), ("x-ms-blob-content-length", "512"));
        using var delete = await _client.SendAs(null, "DELETE", sas);
        using var md5 = await _client.SendAs(
            null, "PUT", sas + "&comp=page", new ByteArrayContent(new byte[512]),
            ("x-ms-page-write", "update"), ("x-ms-range", "bytes=0-511"), ("Content-MD5", "v2GerAzfP2jUluqTRBN+iw=="));
        Assert.Equal(HttpStatusCode.Forbidden, put.StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, delete.StatusCode);
        Assert.Equal((HttpStatusCode.BadRequest, "UnsupportedHeader"), (md5.StatusCode, SandboxClient.StorageError(md5)));
    }

    [Fact]
    public async Task Access_ends_with_its_time_and_can_be_granted_again_with_the_pages_kept()
    {
        var disk = await CreateUpload("resumed");
        var first = _client.PageBlob(await Grant(disk));
        await first.UploadPagesAsync(new MemoryStream(new byte[512]), 0);
        _clock.Advance(TimeSpan.FromHours(2));
        Assert.Equal(403, (await Assert.ThrowsAsync<RequestFailedException>(() => first.GetPropertiesAsync())).Status);

        var second = _client.PageBlob(await Grant(disk));
        Assert.Equal([new HttpRange(0, 512)], await second.GetAllPageRangesAsync().Select(item => item.Range));
    }

    [Fact]
    public async Task A_disk_under_upload_is_neither_read_nor_copied_nor_deleted()
    {
        var disk = await CreateUpload("busy");
        await Grant(disk);
        var read = new GrantAccessData(AccessLevel.Read, 3600);
        Assert.Equal("OperationNotAllowed", (await Refused(() => disk.GrantAccessAsync(WaitUntil.Started, read))).ErrorCode);
        Assert.Equal("OperationNotAllowed", (await Refused(() => disk.DeleteAsync(WaitUntil.Started))).ErrorCode);
        var copy = new ManagedDiskData(AzureLocation.WestEurope)
        {
            CreationData = new DiskCreationData(DiskCreateOption.Copy) { SourceResourceId = disk.Id },
        };
        Assert.Equal("OperationNotAllowed", (await Refused(() => _client.Group.GetManagedDisks().CreateOrUpdateAsync(WaitUntil.Started, "copy", copy))).ErrorCode);
    }

    [Fact]
    public async Task A_finished_disk_is_read_but_not_written_again()
    {
        var disk = await CreateUpload("finished");
        var blob = _client.PageBlob(await Grant(disk));
        await WriteFooter(blob);
        await SandboxClient.Finish(await disk.RevokeAccessAsync(WaitUntil.Started));
        Assert.Equal("OperationNotAllowed", (await Refused(() => disk.GrantAccessAsync(WaitUntil.Started, new GrantAccessData(AccessLevel.Write, 3600)))).ErrorCode);

        var access = await SandboxClient.Finish(await disk.GrantAccessAsync(WaitUntil.Started, new GrantAccessData(AccessLevel.Read, 3600)));
        var reader = _client.PageBlob(new Uri(access.AccessSas));
        Assert.Equal(Capacity + 512, (await reader.GetPropertiesAsync()).Value.ContentLength);
        Assert.Equal(DiskState.ActiveSas, (await Get("finished")).Data.DiskState);
        Assert.Equal("AuthorizationPermissionMismatch", (await Refused(() => reader.UploadPagesAsync(new MemoryStream(new byte[512]), 0))).ErrorCode);
        await SandboxClient.Finish(await disk.RevokeAccessAsync(WaitUntil.Started));
        await SandboxClient.Finish(await disk.DeleteAsync(WaitUntil.Started));
        Assert.Equal("ResourceNotFound", (await Refused(() => Get("finished"))).ErrorCode);
    }

    private static async Task WriteFooter(PageBlobClient blob)
    {
        await blob.UploadPagesAsync(new MemoryStream(VhdFooter.Create(Capacity, Guid.NewGuid())), Capacity);
    }

    private static async Task<RequestFailedException> Refused<T>(Func<Task<T>> call)
    {
        return await Assert.ThrowsAsync<RequestFailedException>(call);
    }

    private static async Task<Uri> Grant(ManagedDiskResource disk)
    {
        var access = await SandboxClient.Finish(await disk.GrantAccessAsync(WaitUntil.Started, new GrantAccessData(AccessLevel.Write, 3600)));
        return new Uri(access.AccessSas);
    }

    private async Task<ManagedDiskResource> CreateUpload(string name, long size = Capacity + 512)
    {
        var data = new ManagedDiskData(AzureLocation.WestEurope)
        {
            OSType = SupportedOperatingSystemType.Windows,
            HyperVGeneration = HyperVGeneration.V2,
            CreationData = new DiskCreationData(DiskCreateOption.Upload) { UploadSizeBytes = size },
        };
        return await SandboxClient.Finish(await _client.Group.GetManagedDisks().CreateOrUpdateAsync(WaitUntil.Started, name, data));
    }

    private async Task<ManagedDiskResource> Get(string name)
    {
        return (await _client.Group.GetManagedDiskAsync(name)).Value;
    }
}
