using AzImageTools.Sandbox;
using AzImageTools.Sandbox.Configuration;
using AzImageTools.Services.Session;
using Azure;
using Azure.ResourceManager;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;
using Azure.ResourceManager.Resources;

namespace AzImageTools.Services.Tests.Session;

public sealed class OperationWaiterTests : IDisposable
{
    private readonly InstantTime _time = new();
    private readonly SandboxCloud _cloud = new(new SandboxOptions { OperationPolls = 3, RetryAfter = TimeSpan.FromSeconds(7) });

    public void Dispose() => _cloud.Dispose();

    [Fact]
    public async Task It_asks_as_often_as_the_service_says_until_the_operation_has_ended()
    {
        OperationContext context = new() { Time = _time };
        using ImageSession session = await ImageSession.ConnectAsync(new ConnectRequest { Kind = CredentialKind.Sandbox, Handler = _cloud.CreateHandler() }, context);

        ManagedDiskResource disk = await OperationWaiter.WaitAsync(await CreateAsync(session), context);

        Assert.Equal("d", disk.Data.Name);
        Assert.InRange(_time.Waits.Count, 3, 5);
        Assert.All(_time.Waits, wait => Assert.Equal(TimeSpan.FromSeconds(7), wait));
    }

    [Fact]
    public async Task Cancelling_ends_the_waiting()
    {
        using CancellationTokenSource cancellation = new();
        OperationContext context = new() { Cancellation = cancellation.Token };
        using ImageSession session = await ImageSession.ConnectAsync(new ConnectRequest { Kind = CredentialKind.Sandbox, Handler = _cloud.CreateHandler() }, context);
        ArmOperation<ManagedDiskResource> operation = await CreateAsync(session);

        Task<ManagedDiskResource> waiting = OperationWaiter.WaitAsync(operation, context);
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.False(operation.HasCompleted);
    }

    private static Task<ArmOperation<ManagedDiskResource>> CreateAsync(ImageSession session)
    {
        ManagedDiskData data = new(Azure.Core.AzureLocation.WestEurope) { CreationData = new DiskCreationData(DiskCreateOption.Empty), DiskSizeGB = 4 };
        ResourceGroupResource group = session.Arm.GetResourceGroupResource(ResourceGroupResource.CreateResourceIdentifier(session.Context.SubscriptionId, "sandbox-rg"));
        return group.GetManagedDisks().CreateOrUpdateAsync(WaitUntil.Started, "d", data);
    }
}
