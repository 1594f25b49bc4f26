using AzImageTools.Readiness;
using AzImageTools.Readiness.Guests;
using AzImageTools.Services.Remote;

namespace AzImageTools.Services.Tests.Remote;

/// <summary>How much is asked for: times differ from machine to machine, counts do not.</summary>
public sealed class RequestCountTests
{
    [Theory]
    [InlineData("win-vm")]
    [InlineData("linux-vm")]
    public async Task Readiness_of_a_large_disk_takes_few_requests_and_fewer_that_are_waited_for(string machine)
    {
        using RemoteCloud cloud = await RemoteCloud.StartAsync();
        string id = cloud.Id("disks", "large");
        await cloud.SendAsync(
            HttpMethod.Put,
            id,
            $$"""{ "location": "westeurope", "properties": { "diskSizeGB": 127, "creationData": { "createOption": "Copy", "sourceResourceId": "{{cloud.Id("disks", machine + "_OsDisk_1")}}" } } }""");
        await using RemoteDisk disk = await cloud.OpenAsync(new RemoteDiskRequest { ResourceId = id });
        using OfflineGuest guest = OfflineGuest.Open(disk.Image);

        Assert.NotEqual(ReadinessVerdict.Undetermined, ReadinessCheck.Run(guest).Verdict);
        Assert.Equal(127L << 30, disk.Image.Source.Length);
        Assert.InRange(disk.Requests, 1, 100);
        Assert.InRange(disk.Waits, 1, 60);
        Assert.InRange(disk.BytesFetched, 1, 8L << 20);
    }
}
