using System.Net;
using System.Runtime.InteropServices;
using AzImageTools.Sandbox.Configuration;

namespace AzImageTools.Sandbox.Arm.Protocol;

/// <summary>
/// How many requests a principal has left (https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling: a token bucket a
/// subscription and kind of request; https://learn.microsoft.com/azure/governance/resource-graph/concepts/guidance-for-throttled-requests: 15 queries in five seconds).
/// Where the cloud does not throttle, each request finds all there. Used under the cloud's lock.
/// </summary>
internal sealed class RequestQuota(SandboxOptions options)
{
    public const int MostQueries = 15;

    private static readonly TimeSpan QueryWindow = TimeSpan.FromSeconds(5);

    private readonly Dictionary<string, Bucket> _buckets = new(StringComparer.OrdinalIgnoreCase);
    private DateTimeOffset _windowStart;
    private int _queries;

    /// <summary>Takes a request of a kind (reads, writes, deletes) out of a subscription's bucket.</summary>
    /// <returns>How many are left.</returns>
    public int Take(string subscription, string kind, DateTimeOffset now)
    {
        var (size, perSecond) = kind is "reads" ? (250, 25) : (200, 10);
        if (!options.Throttles)
        {
            return size - 1;
        }

        var key = subscription + "/" + kind;
        var left = _buckets.TryGetValue(key, out var bucket) ? Math.Min(size, bucket.Left + ((now - bucket.At).TotalSeconds * perSecond)) : size;
        if (left < 1)
        {
            _buckets[key] = new Bucket(left, now);
            throw new ArmException(
                (HttpStatusCode)429,
                "SubscriptionRequestsThrottled",
                "Number of '" + kind.TrimEnd('s') + "' requests for subscription '" + subscription + "' actor 'sandbox' exceeded. Please try again after '1' seconds after additional tokens are available. "
                + "Refer to https://aka.ms/arm-throttling for additional information.");
        }

        _buckets[key] = new Bucket(left - 1, now);
        return (int)(left - 1);
    }

    /// <summary>Takes a query of Resource Graph.</summary>
    /// <returns>How many are left, and how long until all are there again.</returns>
    public (int Left, TimeSpan Reset) TakeQuery(DateTimeOffset now)
    {
        if (now - _windowStart >= QueryWindow)
        {
            _windowStart = now;
            _queries = 0;
        }

        var reset = QueryWindow - (now - _windowStart);
        if (options.Throttles && _queries >= MostQueries)
        {
            throw new ArmException((HttpStatusCode)429, "RateLimiting", "Please provide below info when asking for support: timestamp, correlationId.")
            {
                Details = [new ArmException((HttpStatusCode)429, "RateLimiting", "Client application has been throttled and should not attempt to repeat the request until an amount of time has elapsed. Please see https://aka.ms/resourcegraph-throttling for help.")],
            };
        }

        _queries = options.Throttles ? _queries + 1 : 1;
        return (MostQueries - _queries, reset);
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Bucket(double Left, DateTimeOffset At);
}
