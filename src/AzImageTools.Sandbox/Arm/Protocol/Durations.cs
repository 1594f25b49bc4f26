namespace AzImageTools.Sandbox.Arm.Protocol;

/// <summary>How long operations take in the sandbox's time. What Azure takes differs from day to day; these are of its order.</summary>
internal static class Durations
{
    private static readonly Dictionary<string, TimeSpan> Known = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Microsoft.Compute/disks"] = TimeSpan.FromSeconds(5),
        ["Microsoft.Compute/snapshots"] = TimeSpan.FromSeconds(10),
        ["Microsoft.Compute/images"] = TimeSpan.FromMinutes(1),
        ["Microsoft.Compute/galleries/images/versions"] = TimeSpan.FromMinutes(15),
        ["Microsoft.Compute/restorePointCollections/restorePoints"] = TimeSpan.FromMinutes(2),
        ["Microsoft.Compute/virtualMachines"] = TimeSpan.FromMinutes(2),
        ["Microsoft.Compute/virtualMachines/deallocate"] = TimeSpan.FromMinutes(1),
        ["Microsoft.Compute/virtualMachines/extensions"] = TimeSpan.FromMinutes(1),
        ["Microsoft.Compute/virtualMachines/redeploy"] = TimeSpan.FromMinutes(5),
        ["Microsoft.Compute/virtualMachines/runCommands"] = TimeSpan.FromMinutes(1),
    };

    /// <summary>The duration of making or changing a resource, or of an action on it.</summary>
    public static TimeSpan Of(string type, string? action = null)
        => Known.TryGetValue(action is null ? type : type + "/" + action, out var duration) ? duration : TimeSpan.FromSeconds(30);
}
