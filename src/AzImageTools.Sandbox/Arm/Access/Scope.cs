using AzImageTools.Sandbox.Arm.Protocol;
using AzImageTools.Sandbox.Configuration;

namespace AzImageTools.Sandbox.Arm.Access;

/// <summary>Compares the ids of subscriptions, groups and resources as places that lie in each other.</summary>
internal static class Scope
{
    /// <summary>The place that a request asks about which adds a provider to it.</summary>
    public static string Of(ArmRequest request)
    {
        var parts = request.Segments.ToList();
        return "/" + string.Join("/", parts.Take(parts.FindLastIndex(part => JsonReading.Same(part, "providers"))));
    }

    /// <summary>Whether the inner place is the outer one or lies in it; <c>/</c> holds everything.</summary>
    public static bool Holds(string outer, string inner) => SandboxRole.Holds(outer, inner);
}
