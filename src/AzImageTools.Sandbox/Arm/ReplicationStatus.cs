using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Arm.Protocol;

namespace AzImageTools.Sandbox.Arm;

/// <summary>How far an image version has come in each of its regions: at home twice as fast as elsewhere.</summary>
internal static class ReplicationStatus
{
    public static JsonObject Describe(ArmResource version, DateTimeOffset now)
    {
        var failed = version.Properties.Text("provisioningState") is "Failed";
        var passed = version.Operation?.Progress(now) ?? 100;
        var summary = version.Properties.Items("publishingProfile", "targetRegions").Select(DescribeRegion).ToArray<JsonNode>();
        return new JsonObject
        {
            ["aggregatedState"] = failed ? "Failed" : passed == 100 ? "Completed" : "InProgress",
            ["summary"] = new JsonArray(summary),
        };

        JsonObject DescribeRegion(JsonNode region)
        {
            var isHome = JsonReading.Same(VersionsType.Normalize(region.Text("name")), version.Location);
            var progress = failed ? 0 : isHome ? Math.Min(100, 2 * passed) : passed;
            return new JsonObject
            {
                ["region"] = region.Text("name"),
                ["state"] = failed ? "Failed" : progress == 100 ? "Completed" : "Replicating",
                ["progress"] = progress,
            };
        }
    }
}
