using AzImageTools.Sandbox.Arm.Protocol;

namespace AzImageTools.Sandbox.Types;

/// <summary>Holds every request against Azure's types before any handler sees it: the API version, then the body.</summary>
internal static class RequestCheck
{
    /// <summary>Refuses what Azure would; the body that is left for the handler is as Azure's own would be.</summary>
    /// <param name="request">The request.</param>
    /// <param name="location">The region of what it is about where that is there already; empty where not.</param>
    public static void Check(ArmRequest request, string location)
    {
        if (request.Type.Length == 0)
        {
            ApiVersions.CheckResourceManager(request.ApiVersion);
            if (request.Segments.Count == 4 && JsonReading.Same(request.Segments[2], "resourceGroups"))
            {
                CheckBody(request, ApiVersions.ResourceGroups);
            }

            return;
        }

        ApiVersions.Check(request.Type, request.ApiVersion, location);
        if (request.HasName)
        {
            CheckBody(request, request.Type);
        }
    }

    private static void CheckBody(ArmRequest request, string type)
    {
        if (ApiVersions.TreeVersion(type, request.ApiVersion) is not { } version)
        {
            return;
        }

        if (request.Method is "PUT" or "PATCH" && request.Action is null)
        {
            var reader = new RequestBodyReader(new BodyErrors(request), isWhole: request.Method is "PUT");
            request.Replace(reader.ReadResource(request.ReadBody(), TypeTrees.Body(type, version)));
        }
        else if (request.Method is "POST" && request.Action is { } action && TypeTrees.Function(type, version, action, "input") is { } input)
        {
            request.Replace(new RequestBodyReader(new BodyErrors(request), isWhole: true).ReadObject(request.ReadBody(), input));
        }
    }
}
