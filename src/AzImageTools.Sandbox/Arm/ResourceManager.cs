using System.Net;
using AzImageTools.Sandbox.Arm.Catalogue;
using AzImageTools.Sandbox.Arm.Protocol;
using AzImageTools.Sandbox.Guests;
using AzImageTools.Sandbox.Storage;
using AzImageTools.Sandbox.Storage.Keeping;
using AzImageTools.Sandbox.Wire;

namespace AzImageTools.Sandbox.Arm;

/// <summary>Azure Resource Manager: checks who asks, finds the type that is asked for, and adds what every answer carries.</summary>
internal sealed class ResourceManager
{
    private static readonly string[] GenericTypes =
    [
        "Microsoft.Network/networkInterfaces",
        "Microsoft.Network/networkSecurityGroups",
        "Microsoft.Network/publicIPAddresses",
        "Microsoft.Network/virtualNetworks",
        "Microsoft.Network/virtualNetworks/subnets",
    ];

    private readonly CloudState _state;
    private readonly ArmStore _store;
    private readonly AgreementOperations _agreements;
    private readonly BootDiagnostics _diagnostics;
    private readonly MachineGuests _guests;
    private readonly RunCommandDocuments _commands;
    private readonly MarketplaceListing _marketplace;
    private readonly PublicGalleries _publicGalleries;
    private readonly OperationReplies _operations;
    private readonly SkuOperations _skus;
    private readonly SubscriptionOperations _subscriptions;
    private readonly Dictionary<string, ResourceType> _types;
    private readonly Seed _seed;

    public ResourceManager(CloudState state)
    {
        _state = state;
        _store = new ArmStore(state);
        _operations = new OperationReplies(_store);
        var sources = new SourceResolver(_store);
        var images = new ImageResolver(_store);
        var agreements = new Agreements();
        _diagnostics = new BootDiagnostics(_store);
        _guests = new MachineGuests(_store);
        _commands = new RunCommandDocuments(_store);
        var accounts = new StorageAccountsType(_store, _operations);
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
            new MachinesType(_store, _operations, new MachineBuilder(_store, images, publicGalleries, new PurchasePlans(agreements)), _guests, _diagnostics),
            new ExtensionsType(_store, _operations),
            new RunCommandsType(_store, _operations, _guests),
            new GalleriesType(_store, _operations),
            new DefinitionsType(_store, _operations),
            new VersionsType(_store, _operations, new VersionSources(_store, sources)),
            accounts,
            .. GenericTypes.Select(type => new GenericType(_store, _operations, type)),
        ];
        _agreements = new AgreementOperations(_store, agreements);
        _marketplace = new MarketplaceListing(_store);
        _skus = new SkuOperations(_store);
        _publicGalleries = publicGalleries;
        _types = types.ToDictionary(type => type.Type, StringComparer.OrdinalIgnoreCase);
        _subscriptions = new SubscriptionOperations(_store, _operations, [.. types.Select(type => type.Type)]);
        _seed = new Seed(_store, accounts);
        KeptParts = [new KeptAccounts(state), new KeptResources(_store), agreements, _guests];
    }

    /// <summary>What is kept where the cloud is kept in a folder: a line for each part that has a state beside its resources.</summary>
    public IReadOnlyList<IKeptPart> KeptParts { get; }

    /// <summary>Whether a host is Resource Manager, in any of Azure's clouds.</summary>
    public static bool IsHost(string host) => host.StartsWith("management.", StringComparison.OrdinalIgnoreCase);

    public HttpResponseMessage Handle(CloudRequest http)
    {
        HttpResponseMessage response;
        try
        {
            lock (_state.Gate)
            {
                response = Route(http);
            }
        }
        catch (ArmException error)
        {
            response = ArmReply.Error(error);
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

        var id = Guid.NewGuid().ToString();
        response.Headers.Add("x-ms-request-id", id);
        response.Headers.Add("x-ms-correlation-request-id", id);
        response.Headers.Add("x-ms-routing-request-id", "SANDBOX:" + id);
        response.Headers.Add("Cache-Control", "no-cache");
        response.Headers.Date = _state.Now;
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

    /// <summary>Decides what becomes of a machine's guest.</summary>
    public void SetFate(string machineId, GuestFate fate)
    {
        lock (_state.Gate)
        {
            _guests.SetFate(machineId, fate);
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

    private HttpResponseMessage Route(CloudRequest http)
    {
        if (!http.HasBearerToken)
        {
            throw new ArmException(
                HttpStatusCode.Unauthorized, "AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing or has an invalid format.");
        }

        var request = ArmRequest.Parse(http);
        if (request.ApiVersion.Length == 0)
        {
            throw new ArmException(
                HttpStatusCode.BadRequest, "MissingApiVersionParameter", "The api-version query parameter (?api-version=) is required for all requests.");
        }

        if (request.SubscriptionId.Length > 0)
        {
            _store.GetSubscription(request.SubscriptionId);
        }

        return (request.Type.Length == 0 ? _subscriptions.Handle(request) : RouteType(request))
            ?? throw new ArmException(
                HttpStatusCode.NotFound,
                "InvalidResourceType",
                "The resource type could not be found in the sandbox, or does not know the request: " + request.Method + " " + http.Uri.AbsolutePath);
    }

    private HttpResponseMessage? RouteType(ArmRequest request)
    {
        const string Locations = "Microsoft.Compute/locations/";
        if (request.ResourceGroup is null && request.Method is "GET" && request.Type.StartsWith(Locations, StringComparison.OrdinalIgnoreCase))
        {
            if (request.Type.EndsWith("operations", StringComparison.OrdinalIgnoreCase) && request is { HasName: true, Names.Count: 2 })
            {
                return _operations.Poll(request, request.Names[1]);
            }

            Regions.CheckListed(request.Names[0], request.Type.Substring(request.Type.IndexOf('/') + 1), request.ApiVersion);
            return _marketplace.Handle(request) ?? _publicGalleries.Handle(request) ?? _skus.Handle(request) ?? _commands.Handle(request);
        }

        return _types.TryGetValue(request.Type, out var type) ? type.Handle(request) : request.ResourceGroup is null ? _skus.Handle(request) ?? _agreements.Handle(request) : null;
    }
}
