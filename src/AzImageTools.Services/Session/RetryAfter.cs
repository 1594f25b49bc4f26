using System.Globalization;
using Azure;

namespace AzImageTools.Services.Session;

/// <summary>How long a service asks to be left alone (RFC 9110 section 10.2.3, and Azure's variants in milliseconds).</summary>
internal static class RetryAfter
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(2);

    /// <summary>The wait asked for, at most two minutes; null when none was.</summary>
    public static TimeSpan? Read(Response response, TimeProvider time)
    {
        foreach (string name in new[] { "retry-after-ms", "x-ms-retry-after-ms" })
        {
            if (response.Headers.TryGetValue(name, out string? text)
                && double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double milliseconds))
            {
                return Bound(milliseconds / 1000);
            }
        }

        if (!response.Headers.TryGetValue("Retry-After", out string? value))
        {
            return null;
        }

        if (double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds))
        {
            return Bound(seconds);
        }

        return DateTimeOffset.TryParse(value, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset date)
            ? Bound((date - time.GetUtcNow()).TotalSeconds)
            : null;
    }

    private static TimeSpan Bound(double seconds) => TimeSpan.FromSeconds(Math.Max(0, Math.Min(seconds, Longest.TotalSeconds)));
}
