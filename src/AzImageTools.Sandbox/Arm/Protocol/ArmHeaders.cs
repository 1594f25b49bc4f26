using System.Globalization;

namespace AzImageTools.Sandbox.Arm.Protocol;

/// <summary>
/// What every answer of Resource Manager carries, as recordings of az show it (test_vm_disk_upload, 2023-11; test_gallery_image_definition_update_features,
/// 2026-04).
/// </summary>
internal static class ArmHeaders
{
    private const string AsyncOperation = "Azure-AsyncOperation";

    /// <summary>
    /// How many requests of a kind are left to the caller, and to all of the subscription: buckets that fill up within seconds
    /// (https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling), so that each request finds them full.
    /// </summary>
    private static readonly Dictionary<string, (string Left, string GlobalLeft)> Limits = new(StringComparer.Ordinal)
    {
        ["deletes"] = ("199", "2999"),
        ["reads"] = ("249", "3749"),
        ["writes"] = ("199", "2999"),
    };

    public static void Add(ArmRequest request, HttpResponseMessage response, DateTimeOffset now)
    {
        var headers = response.Headers;
        var id = Guid.NewGuid().ToString();
        headers.Add("x-ms-request-id", id);
        headers.Add("x-ms-correlation-request-id", id);
        headers.Add("x-ms-routing-request-id", "SANDBOX:" + now.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture) + ":" + id);
        headers.Add("Cache-Control", "no-cache");
        headers.Add("Pragma", "no-cache");
        headers.Add("Strict-Transport-Security", "max-age=31536000; includeSubDomains");
        headers.Add("X-Content-Type-Options", "nosniff");
        headers.Date = now;
        response.Content.Headers.TryAddWithoutValidation("Expires", "-1");
        if (request.SubscriptionId.Length > 0)
        {
            var kind = request.Method switch { "GET" or "HEAD" => "reads", "DELETE" => "deletes", _ => "writes" };
            headers.Add("x-ms-ratelimit-remaining-subscription-" + kind, Limits[kind].Left);
            headers.Add("x-ms-ratelimit-remaining-subscription-global-" + kind, Limits[kind].GlobalLeft);
        }

        // Disks have no notifications.
        if (headers.TryGetValues(AsyncOperation, out var operation) && operation.First().IndexOf("/DiskOperations/", StringComparison.OrdinalIgnoreCase) < 0)
        {
            headers.Add("Azure-AsyncNotification", "Enabled");
        }
    }
}
