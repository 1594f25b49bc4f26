using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Arm.Access;
using AzImageTools.Sandbox.Arm.Catalogue;
using AzImageTools.Sandbox.Arm.Graph;
using AzImageTools.Sandbox.Arm.Limits;
using AzImageTools.Sandbox.Arm.Network;
using AzImageTools.Sandbox.Arm.Protocol;
using AzImageTools.Sandbox.Configuration;
using AzImageTools.Sandbox.Guests;
using AzImageTools.Sandbox.Storage;
using AzImageTools.Sandbox.Storage.Keeping;
using AzImageTools.Sandbox.Types;
using AzImageTools.Sandbox.Wire;

namespace AzImageTools.Sandbox.Arm;

/// <summary>Azure Resource Manager: checks who asks, finds the type that is asked for, and adds what every answer carries.</summary>
internal sealed class ResourceManager
{
    private const int TooManyRequests = 429;

    private readonly CloudState _state;
    private readonly ArmStore _store;
    private readonly AgreementOperations _agreements;
    private readonly BootDiagnostics _diagnostics;
    private readonly MachineGuests _guests;
    private readonly RunCommandDocuments _commands;
    private readonly MarketplaceListing _marketplace;
    private readonly PublicGalleries _publicGalleries;
    private readonly GraphOperations _graph;
    private readonly RequestQuota _quota;
    private readonly OperationReplies _operations;
    private readonly SkuOperations _skus;
    private readonly SubscriptionOperations _subscriptions;
    private readonly Locks _locks = new();
    private readonly LockOperations _lockOperations;
    private readonly PolicyCheck _policies;
    private readonly PolicyOperations _policyOperations;
    private readonly PermissionOperations _permissions;
    private readonly RoleCheck _roles;
    private readonly TenantCheck _tenants;
    private readonly SoftDeletedVersions _softDeleted;
    private readonly Dictionary<string, ResourceType> _types;
    private readonly Seed _seed;

    public ResourceManager(CloudState state, SandboxAccess access)
    {
        _state = state;
        _store = new ArmStore(state);
        _operations = new OperationReplies(_store);
        _lockOperations = new LockOperations(_store, _locks);
        _policies = new PolicyCheck(access, _store);
        _policyOperations = new PolicyOperations(_store, access);
        _permissions = new PermissionOperations(access);
        _roles = new RoleCheck(access);
        _tenants = new TenantCheck(_store);
        _quota = new RequestQuota(state.Options);
        _softDeleted = new SoftDeletedVersions(_store);
        var sources = new SourceResolver(_store);
        var marketplace = new Marketplace(state.Options);
        var images = new ImageResolver(_store, marketplace);
        var agreements = new Agreements();
        _diagnostics = new BootDiagnostics(_store);
        _guests = new MachineGuests(_store);
        _commands = new RunCommandDocuments(_store);
        var accounts = new StorageAccountsType(_store, _operations);
        var quota = new CoreQuota(_store);
        var machineDisks = new MachineDisks(_store);
        var subnets = new SubnetsType(_store, _operations);
        var interfaces = new InterfacesType(_store, _operations, subnets);
        var publicGalleries = new PublicGalleries(state.Options);
        ResourceType[] types =
        [
            new DisksType(_store, _operations, sources, images),
            new SnapshotsType(_store, _operations, sources),
            new DiskAccessesType(_store, _operations),
            new DiskEncryptionSetsType(_store, _operations),
            new DiskRestorePointsType(_store, _operations),
            new RestorePointCollectionsType(_store, _operations),
            new RestorePointsType(_store, _operations),
            new ImagesType(_store, _operations, sources),
            new MachinesType(
                _store,
                _operations,
                new MachineBuilder(_store, marketplace, images, publicGalleries, new PurchasePlans(agreements, marketplace), machineDisks),
                machineDisks,
                new MachineNetwork(_store, interfaces),
                quota,
                _guests,
                _diagnostics),
            new ScaleSetsType(_store, _operations),
            new ExtensionsType(_store, _operations),
            new RunCommandsType(_store, _operations, _guests),
            new GalleriesType(_store, _operations),
            new DefinitionsType(_store, _operations, _softDeleted),
            new VersionsType(_store, _operations, new VersionSources(_store, sources, images), new VersionEncryption(_store), _softDeleted),
            accounts,
            interfaces,
            new NetworksType(_store, _operations, subnets),
            new PublicAddressesType(_store, _operations),
            new SecurityGroupsType(_store, _operations),
            subnets,
        ];
        _agreements = new AgreementOperations(_store, agreements, marketplace);
        _marketplace = new MarketplaceListing(_store, marketplace);
        _skus = new SkuOperations(_store, quota);
        _publicGalleries = publicGalleries;
        _graph = new GraphOperations(_store, publicGalleries, _roles);
        _types = types.ToDictionary(type => type.Type, StringComparer.OrdinalIgnoreCase);
        _subscriptions = new SubscriptionOperations(_store, _operations, [.. types.Select(type => type.Type), LockOperations.Type], resource => _types[resource.ResourceId.Type].Remove(resource));
        _seed = new Seed(_store, accounts, interfaces);
        KeptParts = [new KeptAccounts(state), new KeptResources(_store), agreements, _guests, _locks, new KeptAccess(access)];
    }

    /// <summary>The types that are served, as in <c>Microsoft.Compute/disks</c>.</summary>
    public IEnumerable<string> Types => _types.Keys;

    /// <summary>What is kept where the cloud is kept in a folder: a line for each part that has a state beside its resources.</summary>
    public IReadOnlyList<IKeptPart> KeptParts { get; }

    /// <summary>Whether a host is Resource Manager, in any of Azure's clouds.</summary>
    public static bool IsHost(string host) => host.StartsWith("management.", StringComparison.OrdinalIgnoreCase);

    public HttpResponseMessage Handle(CloudRequest http)
    {
        var request = ArmRequest.Parse(http);
        HttpResponseMessage response;
        var left = 0;
        try
        {
            lock (_state.Gate)
            {
                left = request.SubscriptionId.Length == 0 ? 0 : _quota.Take(request.SubscriptionId, ArmHeaders.KindOf(request), _state.Now);
                response = Route(request);
            }
        }
        catch (ArmException error)
        {
            response = ArmReply.Error(error);
            if ((int)error.Status == TooManyRequests)
            {
                response.Headers.Add("Retry-After", "1");
            }

            if (error.Status == HttpStatusCode.Unauthorized)
            {
                response.Headers.TryAddWithoutValidation(
                    "WWW-Authenticate", "Bearer authorization_uri=\"https://login.microsoftonline.com/" + _state.Options.TenantId + "\", error=\"invalid_token\"");
            }
        }
        catch (IOException error)
        {
            response = ArmReply.Error(new ArmException(
                HttpStatusCode.InternalServerError, "InternalExecutionError", "The sandbox could not keep the bytes of a disk: " + error.Message));
        }

        Shape(request, response);
        ArmHeaders.Add(request, response, _state.Now, left);
        return response;
    }

    /// <summary>The file with the bytes of a disk, snapshot or image; null where there is none.</summary>
    public string? FindDiskFile(string resourceId)
    {
        lock (_state.Gate)
        {
            return _store.Find(resourceId)?.OsDisk?.Data.Path;
        }
    }

    /// <summary>Makes what a new cloud starts with.</summary>
    public void Plant() => _seed.Plant();

    /// <summary>Brings all operations to their end.</summary>
    public void EndOperations() => _store.EndOperations();

    public void WaitForBytes() => _store.WaitForBytes();

    /// <summary>Goes on with what was under way in a cloud that was kept.</summary>
    public void Resume()
    {
        lock (_state.Gate)
        {
            SnapshotCopies.Resume(_store);
        }
    }

    /// <summary>Decides what becomes of a machine's guest.</summary>
    public void SetFate(string machineId, GuestFate fate)
    {
        lock (_state.Gate)
        {
            _guests.SetFate(machineId, fate);
        }
    }

    /// <summary>Decides what a known script prints in a machine's guest, run after run.</summary>
    public void SetPrints(string machineId, string script, IEnumerable<string> prints)
    {
        lock (_state.Gate)
        {
            _guests.SetPrints(machineId, script, prints);
        }
    }

    public void DisposePages()
    {
        lock (_state.Gate)
        {
            _store.DisposePages();
            _diagnostics.Clear();
        }
    }

    /// <summary>Leaves in an answer what the asked version has. What no version has is a fault of the sandbox.</summary>
    private void Shape(ArmRequest request, HttpResponseMessage response)
    {
        var bytes = response.Content.ReadAsByteArrayAsync().GetAwaiter().GetResult();
        var body = bytes.Length == 0 ? null : JsonNode.Parse(bytes);
        var shape = new AnswerShape(request);
        shape.Hold((int)response.StatusCode, body);
        if (_state.Options.ChecksAnswers && shape.Differences.Count > 0)
        {
            throw new InvalidOperationException(
                "SandboxAnswerDiffers: " + request.Method + " " + request.Http.Uri.PathAndQuery + " (" + (int)response.StatusCode + "): " + string.Join(" ", shape.Differences));
        }

        if (body is not null)
        {
            response.Content = ArmReply.Content(body);
        }
    }

    private HttpResponseMessage Route(ArmRequest request)
    {
        if (!request.Http.HasBearerToken)
        {
            throw new ArmException(
                HttpStatusCode.Unauthorized, "AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing or has an invalid format.");
        }

        if (request.ApiVersion.Length == 0)
        {
            throw new ArmException(
                HttpStatusCode.BadRequest, "MissingApiVersionParameter", "The api-version query parameter (?api-version=) is required for all requests.");
        }

        if (request.SubscriptionId.Length > 0)
        {
            _store.GetSubscription(request.SubscriptionId);
        }

        _tenants.Check(request);
        if (Query(request) is { } rows)
        {
            return rows;
        }

        if ((_permissions.Handle(request) ?? _policyOperations.Handle(request)) is { } told)
        {
            return told;
        }

        if (RequestedAction.Of(request) is { } wanted)
        {
            _roles.Check(request, wanted);
            if (!JsonReading.Same(request.Type, LockOperations.Type))
            {
                _locks.Check(wanted);
            }

            _policies.Check(request, wanted);
        }

        RequestCheck.Check(request, FindLocation(request));
        LimitCheck.Check(request, _store);
        return (request.Type.Length == 0 ? _subscriptions.Handle(request) : RouteType(request))
            ?? throw new ArmException(
                HttpStatusCode.NotFound,
                "InvalidResourceType",
                "The resource type could not be found in the sandbox, or does not know the request: " + request.Method + " " + request.Http.Uri.AbsolutePath);
    }

    private HttpResponseMessage? Query(ArmRequest request)
    {
        if (!GraphOperations.IsAsked(request))
        {
            return null;
        }

        var (left, reset) = _quota.TakeQuery(_state.Now);
        var reply = _graph.Answer(request);
        reply.Headers.Add("x-ms-user-quota-remaining", left.ToString(CultureInfo.InvariantCulture));
        reply.Headers.Add("x-ms-user-quota-resets-after", reset.ToString("hh':'mm':'ss", CultureInfo.InvariantCulture));
        return reply;
    }

    private string FindLocation(ArmRequest request)
    {
        var resource = request is { ResourceGroup: not null, HasName: true } ? _store.Find(request.Id) : null;
        return resource?.Location
            ?? (request.ResourceGroup is { } group && _store.GetSubscription(request.SubscriptionId).Groups.TryGetValue(group, out var found) ? found.Text("location") : null)
            ?? "";
    }

    private HttpResponseMessage? RouteType(ArmRequest request)
    {
        if (_lockOperations.Handle(request) is { } answer)
        {
            return answer;
        }

        if (request.ResourceGroup is null && request.Method is "GET" && request.Type.IndexOf("/locations/", StringComparison.OrdinalIgnoreCase) > 0)
        {
            if (request.Type.EndsWith("operations", StringComparison.OrdinalIgnoreCase) && request is { HasName: true, Names.Count: 2 })
            {
                return _operations.Poll(request, request.Names[1]);
            }

            Regions.CheckListed(request.Names[0], request.Type.Substring(request.Type.IndexOf('/') + 1), request.ApiVersion);
            return _marketplace.Handle(request) ?? _publicGalleries.Handle(request) ?? _skus.Handle(request) ?? _commands.Handle(request);
        }

        if (_softDeleted.Handle(request) is { } kept)
        {
            return kept;
        }

        return _types.TryGetValue(request.Type, out var type) ? type.Handle(request) : request.ResourceGroup is null ? _skus.Handle(request) ?? _agreements.Handle(request) : null;
    }
}
