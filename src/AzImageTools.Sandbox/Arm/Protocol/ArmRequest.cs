using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Wire;

namespace AzImageTools.Sandbox.Arm.Protocol;

/// <summary>A request to Resource Manager with its path taken apart.</summary>
internal sealed class ArmRequest
{
    /// <summary>The last parts of paths that are asked for like a resource, and tell of the one before.</summary>
    private static readonly string[] Views = ["instanceView", "associatedResources", "privateLinkResources", "vmSizes"];

    private JsonObject? _body;

    private ArmRequest(CloudRequest http, IReadOnlyList<string> segments)
    {
        Http = http;
        Segments = segments;
    }

    public CloudRequest Http { get; }

    public string Method => Http.Method;

    /// <summary>All parts of the path.</summary>
    public IReadOnlyList<string> Segments { get; }

    /// <summary>The subscription in the path, as written; empty for what lies above subscriptions.</summary>
    public string SubscriptionId { get; private init; } = "";

    /// <summary>The group in the path; null for what belongs to the whole subscription.</summary>
    public string? ResourceGroup { get; private init; }

    /// <summary>Namespace and types; empty where the path names no provider.</summary>
    public string Type { get; private init; } = "";

    public IReadOnlyList<string> Names { get; private init; } = [];

    /// <summary>Whether the path ends with a name rather than a type.</summary>
    public bool HasName { get; private init; }

    /// <summary>The last part of a POST's path, and of the few views that are asked for like one.</summary>
    public string? Action { get; private init; }

    public string ApiVersion => Http.QueryValue("api-version");

    /// <summary>The resource that a request within a group names.</summary>
    public ResourceId Id => new(SubscriptionId, ResourceGroup!, Type, Names);

    /// <summary>The id of what a resource or a list within a group lies in; null for top-level types.</summary>
    public ResourceId? ParentId
        => Names.Count < (HasName ? 2 : 1) ? null
            : new ResourceId(SubscriptionId, ResourceGroup!, Type.Substring(0, Type.LastIndexOf('/')), [.. Names.Take(HasName ? Names.Count - 1 : Names.Count)]);

    public static ArmRequest Parse(CloudRequest http)
    {
        var segments = http.Uri.AbsolutePath.Split(['/'], StringSplitOptions.RemoveEmptyEntries).Select(Uri.UnescapeDataString).ToArray();
        var subscription = segments.Length > 1 && Is(segments[0], "subscriptions") ? segments[1] : "";
        var inSubscription = segments.Length > 2 && subscription.Length > 0;
        var group = inSubscription && segments.Length > 3 && Is(segments[2], "resourceGroups") ? segments[3] : null;
        var provider = group is null ? 2 : 4;
        if (!inSubscription || segments.Length <= provider + 2 || !Is(segments[provider], "providers"))
        {
            return new ArmRequest(http, segments) { SubscriptionId = subscription, ResourceGroup = group };
        }

        // What is added to another resource, such as a lock, names its own provider after that resource's path.
        var extended = Array.FindLastIndex(segments, part => Is(part, "providers"));
        if (extended > provider && segments.Length > extended + 2)
        {
            provider = extended;
        }

        var path = segments.Skip(provider + 2).ToArray();
        string? action = null;
        if (path.Length % 2 == 1 && (http.Method is "POST" || (group is not null && Array.Exists(Views, view => Is(path[path.Length - 1], view)))))
        {
            action = path[path.Length - 1];
            path = [.. path.Take(path.Length - 1)];
        }

        return new ArmRequest(http, segments)
        {
            SubscriptionId = subscription,
            ResourceGroup = group,
            Type = segments[provider + 1] + "/" + string.Join("/", path.Where((_, index) => index % 2 == 0)),
            Names = [.. path.Where((_, index) => index % 2 == 1)],
            HasName = path.Length % 2 == 0,
            Action = action,
        };

        static bool Is(string part, string name) => string.Equals(part, name, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>The body as a JSON object, as <see cref="Replace"/> left it; an empty one where there is none.</summary>
    public JsonObject ReadBody() => _body ??= ParseBody();

    /// <summary>Puts another body in the place of the one that was sent.</summary>
    public void Replace(JsonObject body) => _body = body;

    private JsonObject ParseBody()
    {
        if (Http.Body.IsTooLarge || Http.Body.Length > RequestBody.SmallLimit)
        {
            throw new ArmException(HttpStatusCode.RequestEntityTooLarge, "RequestContentTooLarge", "The request content size exceeds the maximum size of 4 MB.");
        }

        if (Http.Body.Length == 0)
        {
            return [];
        }

        try
        {
            // Names are matched as Azure does, without regard to case.
            var node = JsonNode.Parse(Http.Body.Span, new JsonNodeOptions { PropertyNameCaseInsensitive = true });
            CheckNames(node);
            return node as JsonObject ?? throw InvalidContent("The root must be an object.");
        }
        catch (JsonException error)
        {
            throw InvalidContent(error.Message);
        }
        catch (ArgumentException error)
        {
            // A name that is given twice is only found when the object is first read.
            throw InvalidContent(error.Message);
        }
    }

    private static void CheckNames(JsonNode? node)
    {
        var children = node switch
        {
            JsonObject entries => entries.Select(entry => entry.Value),
            JsonArray items => items,
            _ => [],
        };
        foreach (var child in children)
        {
            CheckNames(child);
        }
    }

    private static ArmException InvalidContent(string detail)
        => new ArmException(
            HttpStatusCode.BadRequest, "InvalidRequestContent", "The request content was invalid and could not be deserialized: '" + detail + "'.");
}
