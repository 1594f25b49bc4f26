using System.Globalization;

namespace AzImageTools.Sandbox.Arm.Protocol;

/// <summary>
/// What every answer of Resource Manager carries, as recordings of az show it (test_vm_disk_upload, 2023-11; test_gallery_image_definition_update_features,
/// 2026-04).
/// </summary>
internal static class ArmHeaders
{
    private const string AsyncOperation = "Azure-AsyncOperation";

    /// <summary>How many times what one caller has, all of a subscription have together.</summary>
    private const int Callers = 15;

    /// <summary>What kind of request it is, as quotas count it.</summary>
    public static string KindOf(ArmRequest request) => request.Method switch { "GET" or "HEAD" => "reads", "DELETE" => "deletes", _ => "writes" };

    /// <param name="request">The request.</param>
    /// <param name="response">Its answer.</param>
    /// <param name="now">The time.</param>
    /// <param name="left">How many of the kind the caller has left in the subscription.</param>
    public static void Add(ArmRequest request, HttpResponseMessage response, DateTimeOffset now, int left)
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
            var kind = KindOf(request);
            headers.Add("x-ms-ratelimit-remaining-subscription-" + kind, left.ToString(CultureInfo.InvariantCulture));
            headers.Add("x-ms-ratelimit-remaining-subscription-global-" + kind, (((left + 1) * Callers) - 1).ToString(CultureInfo.InvariantCulture));
        }

        // Disks have no notifications.
        if (headers.TryGetValues(AsyncOperation, out var operation) && operation.First().IndexOf("/DiskOperations/", StringComparison.OrdinalIgnoreCase) < 0)
        {
            headers.Add("Azure-AsyncNotification", "Enabled");
        }
    }
}
