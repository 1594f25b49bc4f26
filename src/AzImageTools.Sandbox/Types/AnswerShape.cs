using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Arm.Protocol;

namespace AzImageTools.Sandbox.Types;

/// <summary>Tells which tree each answer is held against, and holds it.</summary>
internal sealed class AnswerShape(ArmRequest request)
{
    /// <summary>Views that are only read: the published types, which are of resources that can be written, do not have them.</summary>
    private static readonly string[] TreelessViews = ["associatedResources", "privateLinkResources", "vmSizes"];

    private readonly List<string> _differences = [];

    /// <summary>What differs from Azure's types, one sentence each.</summary>
    public IReadOnlyList<string> Differences => _differences;

    /// <summary>Holds an answer, and leaves in it what the asked version has.</summary>
    /// <param name="status">Its status code.</param>
    /// <param name="body">Its body; null for none.</param>
    public void Hold(int status, JsonNode? body)
    {
        if (status >= 400)
        {
            if (body is not null || request.Method is not "HEAD")
            {
                Against("error", "", body, OwnTrees.Error);
            }
        }
        else if (request.Type.Length == 0)
        {
            HoldOfResourceManager(body);
        }
        else if (ApiVersions.ReasonForNoTree(request.Type) is null)
        {
            HoldOfProvider(status, body);
        }
        else if (ApiVersions.IsOperation(request.Type))
        {
            HoldOfOperation(body);
        }
        else if (OwnTrees.OfProvider(request.Type) is { } node && request.Method is "GET")
        {
            HoldListed(request.Type, body, node, isList: !request.HasName);
        }
    }

    private void Against(string type, string version, JsonNode? body, TypeNode node) => new AnswerCheck(type, version, _differences).Hold(body, node);

    private void HoldOfResourceManager(JsonNode? body)
    {
        var segments = request.Segments;
        if (segments.Count is 3 or 4 && JsonReading.Same(segments[2], "resourceGroups") && request.Method is "GET" or "PUT" or "PATCH")
        {
            HoldResource(ApiVersions.ResourceGroups, body, isList: segments.Count == 3);
        }
        else if (OwnTrees.OfResourceManager(segments) is { } node && request.Method is "GET")
        {
            HoldListed("/" + OwnTrees.LastType(segments), body, node, isList: segments.Count % 2 == 1);
        }
    }

    private void HoldOfProvider(int status, JsonNode? body)
    {
        if (request.Action is { } action)
        {
            HoldOfAction(action, body);
        }
        else if (request.Method is "GET" or "PUT" or "PATCH" && !(request.Method is not "GET" && status == 202 && body is null))
        {
            HoldResource(request.Type, body, isList: !request.HasName);
        }
        else if (body is not null)
        {
            _differences.Add("The answer of " + request.Method + " has a body.");
        }
    }

    private void HoldResource(string type, JsonNode? body, bool isList)
    {
        if (ApiVersions.TreeVersion(type, request.ApiVersion) is not { } version)
        {
            _differences.Add(type + " has no tree, and no reason is written why.");
            return;
        }

        Hold(type, version, body, TypeTrees.Body(type, version).WithoutMember("apiVersion"), isList);
    }

    /// <summary>What is only read: the Marketplace's lists are arrays, all others hold them in a value.</summary>
    private void HoldListed(string type, JsonNode? body, TypeNode node, bool isList)
        => Hold(type, request.ApiVersion, body is JsonArray items ? new JsonObject { ["value"] = items.DeepClone() } : body, node, isList);

    private void Hold(string type, string version, JsonNode? body, TypeNode node, bool isList)
    {
        if (!isList)
        {
            Against(type, version, body, node);
        }
        else if (body is JsonObject list && list["value"] is JsonArray items && list.All(member => member.Key is "value" or "nextLink"))
        {
            foreach (var item in items)
            {
                Against(type, version, item, node);
            }
        }
        else
        {
            _differences.Add("The list of " + type + " is none.");
        }
    }

    private void HoldOfAction(string action, JsonNode? body)
    {
        var version = ApiVersions.TreeVersion(request.Type, request.ApiVersion);
        if (version is not null && JsonReading.Same(action, "instanceView"))
        {
            var view = TypeTrees.Body(request.Type, version).Find("properties")?.Node.Find("instanceView")?.Node;
            Against(request.Type + "/instanceView", version, body, view ?? TypeNode.Any);
        }
        else if (version is not null && body is not null && !TreelessViews.Contains(action, StringComparer.OrdinalIgnoreCase))
        {
            HoldResult(request.Type, version, action, body);
        }
    }

    private void HoldResult(string type, string version, string action, JsonNode body)
    {
        if (TypeTrees.Function(type, version, action, "output") is { } output)
        {
            Against(type + "/" + action, version, body, output);
        }
        else
        {
            _differences.Add("The answer of " + type + "/" + action + " has no tree.");
        }
    }

    /// <summary>The state of an operation, or at its other address what came of it: a resource, or what an action gives.</summary>
    private void HoldOfOperation(JsonNode? body)
    {
        var isResult = JsonReading.Same(request.Http.QueryValue("monitor"), "true");
        if (!isResult)
        {
            Against("operation", "", body, OwnTrees.Operation);
            body = body.At("properties", "output");
        }

        if (ResourceId.TryParse(body.Text("id")) is { } id)
        {
            HoldResource(id.Type, body, isList: false);
        }
        else if (body.At("accessSAS") is not null)
        {
            HoldResult("Microsoft.Compute/disks", ApiVersions.TreeVersion("Microsoft.Compute/disks", request.ApiVersion)!, "beginGetAccess", body!);
        }
    }
}
