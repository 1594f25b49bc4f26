using System.Net;
using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Arm.Catalogue;
using AzImageTools.Sandbox.Arm.Limits;
using AzImageTools.Sandbox.Arm.Protocol;
using AzImageTools.Sandbox.Storage;
using AzImageTools.Sandbox.Types;
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
    private readonly MarketplaceListing _marketplace;
    private readonly PublicGalleries _publicGalleries;
    private readonly OperationReplies _operations;
    private readonly SubscriptionOperations _subscriptions;
    private readonly Dictionary<string, ResourceType> _types;

    public ResourceManager(CloudState state)
    {
        _state = state;
        _store = new ArmStore(state);
        _operations = new OperationReplies(_store);
        var sources = new SourceResolver(_store);
        var images = new ImageResolver(_store);
        var accounts = new StorageAccountsType(_store, _operations);
        var publicGalleries = new PublicGalleries(state.Options);
        ResourceType[] types =
        [
            new DisksType(_store, _operations, sources, images),
            new SnapshotsType(_store, _operations, sources),
            new ImagesType(_store, _operations, sources),
            new MachinesType(_store, _operations, new MachineBuilder(_store, images, publicGalleries)),
            new GalleriesType(_store, _operations),
            new DefinitionsType(_store, _operations),
            new VersionsType(_store, _operations, new VersionSources(_store, sources)),
            accounts,
            .. GenericTypes.Select(type => new GenericType(_store, _operations, type)),
        ];
        _marketplace = new MarketplaceListing(_store);
        _publicGalleries = publicGalleries;
        _types = types.ToDictionary(type => type.Type, StringComparer.OrdinalIgnoreCase);
        _subscriptions = new SubscriptionOperations(_store, _operations, [.. types.Select(type => type.Type)]);
        if (state.Options.Seed)
        {
            new Seed(_store, accounts).Plant();
        }
    }

    /// <summary>The types that are served, as in <c>Microsoft.Compute/disks</c>.</summary>
    public IEnumerable<string> Types => _types.Keys;

    /// <summary>Whether a host is Resource Manager, in any of Azure's clouds.</summary>
    public static bool IsHost(string host) => host.StartsWith("management.", StringComparison.OrdinalIgnoreCase);

    public HttpResponseMessage Handle(CloudRequest http)
    {
        var request = ArmRequest.Parse(http);
        HttpResponseMessage response;
        try
        {
            lock (_state.Gate)
            {
                response = Route(request);
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

        Shape(request, response);
        ArmHeaders.Add(request, response, _state.Now);
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

    public void DisposePages()
    {
        lock (_state.Gate)
        {
            _store.DisposePages();
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

        RequestCheck.Check(request, FindLocation(request));
        LimitCheck.Check(request, _store, _types.ContainsKey);
        return (request.Type.Length == 0 ? _subscriptions.Handle(request) : RouteType(request))
            ?? throw new ArmException(
                HttpStatusCode.NotFound,
                "InvalidResourceType",
                "The resource type could not be found in the sandbox, or does not know the request: " + request.Method + " " + request.Http.Uri.AbsolutePath);
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
        if (request.ResourceGroup is null && request.Method is "GET" && request.Type.IndexOf("/locations/", StringComparison.OrdinalIgnoreCase) > 0)
        {
            if (request.Type.EndsWith("operations", StringComparison.OrdinalIgnoreCase) && request is { HasName: true, Names.Count: 2 })
            {
                return _operations.Poll(request, request.Names[1]);
            }

            Regions.CheckListed(request.Names[0], request.Type.Substring(request.Type.IndexOf('/') + 1), request.ApiVersion);
            return _marketplace.Handle(request) ?? _publicGalleries.Handle(request);
        }

        return _types.TryGetValue(request.Type, out var type) ? type.Handle(request) : null;
    }
}
