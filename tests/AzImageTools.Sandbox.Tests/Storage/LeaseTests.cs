using AzImageTools.Sandbox.Configuration;
using Azure;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;

namespace AzImageTools.Sandbox.Tests.Storage;

public sealed class LeaseTests : IDisposable
{
    private readonly ManualClock _clock = new();
    private readonly SandboxClient _client;

    public LeaseTests()
    {
        _client = new SandboxClient(new SandboxOptions { TimeProvider = _clock });
    }

    public void Dispose()
    {
        _client.Dispose();
    }

    [Fact]
    public async Task A_leased_blob_is_written_only_with_the_lease()
    {
        var blob = _client.PageBlob("leased.vhd");
        await blob.CreateAsync(4096);
        var lease = blob.GetBlobLeaseClient();
        await lease.AcquireAsync(TimeSpan.FromSeconds(30));

        Assert.Equal("LeaseIdMissing", await CodeOf(() => Write(blob, null)));
        Assert.Equal("LeaseIdMismatchWithBlobOperation", await CodeOf(() => Write(blob, Guid.NewGuid().ToString())));
        Assert.Equal("LeaseIdMissing", await CodeOf(() => blob.DeleteAsync()));
        await Write(blob, lease.LeaseId);
        Assert.Equal("LeaseAlreadyPresent", await CodeOf(() => blob.GetBlobLeaseClient().AcquireAsync(TimeSpan.FromSeconds(30))));
        var properties = (await blob.GetPropertiesAsync()).Value;
        Assert.Equal((LeaseState.Leased, LeaseStatus.Locked, LeaseDurationType.Fixed), (properties.LeaseState, properties.LeaseStatus, properties.LeaseDuration));

        await lease.ReleaseAsync();
        await Write(blob, null);
        Assert.Equal("LeaseNotPresentWithBlobOperation", await CodeOf(() => Write(blob, lease.LeaseId)));
    }

    [Fact]
    public async Task A_lease_ends_with_its_time_unless_renewed()
    {
        var blob = _client.PageBlob("timed.vhd");
        await blob.CreateAsync(4096);
        var lease = blob.GetBlobLeaseClient();
        await lease.AcquireAsync(TimeSpan.FromSeconds(15));
        _clock.Advance(TimeSpan.FromSeconds(10));
        await lease.RenewAsync();
        _clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal("LeaseIdMissing", await CodeOf(() => Write(blob, null)));
        _clock.Advance(TimeSpan.FromSeconds(10));
        await Write(blob, null);
        Assert.Equal(LeaseState.Expired, (await blob.GetPropertiesAsync()).Value.LeaseState);
    }

    [Fact]
    public async Task A_broken_lease_frees_the_blob_after_the_period()
    {
        var blob = _client.PageBlob("broken.vhd");
        await blob.CreateAsync(4096);
        var lease = blob.GetBlobLeaseClient();
        await lease.AcquireAsync(BlobLeaseClient.InfiniteLeaseDuration);
        Assert.Equal(20, (await lease.BreakAsync(TimeSpan.FromSeconds(20))).Value.LeaseTime);
        Assert.Equal("LeaseIdMissing", await CodeOf(() => Write(blob, null)));
        _clock.Advance(TimeSpan.FromSeconds(20));
        await Write(blob, null);
        Assert.Equal("LeaseIsBrokenAndCannotBeRenewed", await CodeOf(() => lease.RenewAsync()));
    }

    private static async Task Write(PageBlobClient blob, string? lease)
    {
        await blob.UploadPagesAsync(new MemoryStream(new byte[512]), 0, new PageBlobUploadPagesOptions { Conditions = new PageBlobRequestConditions { LeaseId = lease } });
    }

    private static async Task<string?> CodeOf(Func<Task> call)
    {
        return (await Assert.ThrowsAsync<RequestFailedException>(call)).ErrorCode;
    }
}
