using System.Management.Automation.Runspaces;
using AzImageTools.Disks;
using AzImageTools.Sandbox;
using AzImageTools.Services;
using AzImageTools.Services.Session;
using AzImageTools.Session;

namespace AzImageTools.Tests.Session;

/// <summary>Connections, and how long the contexts that were emitted stand for them.</summary>
public sealed class SessionStoreTests : IDisposable
{
    private readonly Runspace _runspace = RunspaceFactory.CreateRunspace(InitialSessionState.CreateDefault2());
    private readonly SessionStore _store;

    public SessionStoreTests()
    {
        _runspace.Open();
        _store = SessionStore.Open(_runspace, ImageSession.ConnectAsync);
    }

    [Fact]
    public async Task A_context_stands_for_its_connection_and_for_no_other()
    {
        ImageContext first = await ConnectAsync();
        ImageContext second = await ConnectAsync();

        using SessionLease one = SessionStore.Lease(first);
        using SessionLease two = SessionStore.Lease(second);
        using SessionLease? own = _store.TryLeaseKnown();

        Assert.Same(first, one.Session.Context);
        Assert.Same(second, two.Session.Context);
        Assert.Same(two.Session, own?.Session);
        Assert.Equal("ContextOfAnotherProcess", Assert.Throws<ImageServiceException>(() => SessionStore.Lease(first with { })).ErrorId);
    }

    [Fact]
    public async Task Work_that_has_begun_goes_on_after_the_connection_was_ended()
    {
        ImageContext handed = await ConnectAsync();
        using SessionLease lease = SessionStore.Lease(handed);

        Assert.True(_store.Disconnect());

        Assert.NotEmpty(await new ResourceNameService(lease.Session).ListAsync(ResourceKind.ResourceGroup, new ResourceScope(), new OperationContext()));
        ImageServiceException ended = Assert.Throws<ImageServiceException>(() => SessionStore.Lease(handed));
        Assert.Equal(("NotConnected", ErrorKind.Authentication), (ended.ErrorId, ended.Kind));
    }

    [Fact]
    public async Task The_connections_of_a_runspace_end_with_it()
    {
        ImageContext earlier = await ConnectAsync();
        ImageContext later = await ConnectAsync();

        _runspace.Close();

        Assert.Throws<ImageServiceException>(() => SessionStore.Lease(earlier));
        Assert.Throws<ImageServiceException>(() => SessionStore.Lease(later));
    }

    [Fact]
    public async Task Another_runspace_finds_no_connection_that_it_was_not_handed()
    {
        ImageContext handed = await ConnectAsync();
        using Runspace other = RunspaceFactory.CreateRunspace(InitialSessionState.CreateDefault2());
        other.Open();
        SessionStore store = SessionStore.Open(other, ImageSession.ConnectAsync);

        Assert.Null(store.TryLeaseKnown());
        using SessionLease? lease = store.TryLeaseKnown(handed);
        Assert.NotNull(lease);
        Assert.False(store.Disconnect(handed));
    }

    public void Dispose() => _runspace.Dispose();

    private async Task<ImageContext> ConnectAsync()
    {
#pragma warning disable CA2000 // The store's from here on.
        SandboxCloud cloud = new();
        ImageSession session = await ImageSession.ConnectAsync(new ConnectRequest { Kind = CredentialKind.Sandbox, Handler = cloud.CreateHandler() }, new OperationContext());
#pragma warning restore CA2000
        _store.Connect(session, cloud);
        return session.Context;
    }
}
