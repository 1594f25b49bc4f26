using System.Text.Json.Nodes;

namespace AzImageTools.Sandbox.Host;

/// <summary>What Resource Manager says of the clouds' other endpoints, to anybody: <c>/metadata/endpoints</c>.</summary>
internal static class CloudEndpoints
{
    private static readonly JsonArray Clouds = Load();

    public static bool IsAsked(HttpRequest request)
        => request.Host.Host.StartsWith("management.", StringComparison.OrdinalIgnoreCase) && request.Path.Equals("/metadata/endpoints", StringComparison.OrdinalIgnoreCase);

    /// <summary>In the form of 2015, of 2019 (all clouds) or, from 2022 on, as this cloud's document.</summary>
    public static Task HandleAsync(HttpContext context)
    {
        string version = context.Request.Query["api-version"].ToString();
        string manager = $"https://{context.Request.Host.Host}/";
        JsonObject cloud = Clouds.Select(node => node!.AsObject()).FirstOrDefault(node => (string?)node["resourceManager"] == manager) ?? Clouds[0]!.AsObject();
        JsonNode answer = string.CompareOrdinal(version, "2019") < 0 ? OldForm(cloud)
            : string.CompareOrdinal(version, "2022") < 0 ? Clouds
            : cloud;
        context.Response.ContentType = "application/json; charset=utf-8";
        return context.Response.WriteAsync(answer.ToJsonString(), context.RequestAborted);
    }

    private static JsonObject OldForm(JsonObject cloud) => new()
    {
        ["galleryEndpoint"] = cloud["gallery"]!.DeepClone(),
        ["graphEndpoint"] = cloud["graph"]!.DeepClone(),
        ["portalEndpoint"] = cloud["portal"]!.DeepClone(),
        ["authentication"] = new JsonObject
        {
            ["loginEndpoint"] = cloud["authentication"]!["loginEndpoint"]!.DeepClone(),
            ["audiences"] = cloud["authentication"]!["audiences"]!.DeepClone(),
        },
    };

    private static JsonArray Load()
    {
        using Stream stream = typeof(CloudEndpoints).Assembly.GetManifestResourceStream("clouds.json")!;
        return JsonNode.Parse(stream)!.AsArray();
    }
}
