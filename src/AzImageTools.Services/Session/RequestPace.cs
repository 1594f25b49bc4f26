using System.Globalization;
using Azure.Core;
using Azure.Core.Pipeline;

namespace AzImageTools.Services.Session;

/// <summary>
/// Sees how many requests Resource Manager still takes (Microsoft Learn, "Understand how Azure Resource Manager throttles requests": each answer tells
/// it), so that work on many things slows down before it is refused. What runs goes on; what has not begun waits. Thread-safe.
/// </summary>
internal sealed class RequestPace(TimeProvider time) : HttpPipelineSynchronousPolicy
{
    private const string Prefix = "x-ms-ratelimit-remaining-";

    /// <summary>Of the compute provider: names of its rules, each with how much is left.</summary>
    private const string OfResource = Prefix + "resource";

    /// <summary>Buckets of a subscription hold some hundreds, and are filled by ten a second and more. Below this, what runs gets the rest.</summary>
    private const long FewOfSubscription = 25;

    /// <summary>Some of the provider's rules allow only a dozen in three minutes.</summary>
    private const long FewOfResource = 3;

    /// <summary>How long nothing new is begun after an answer that told of few.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    private readonly object _gate = new();
    private long? _low;
    private string? _told;

    /// <summary>Waits while few requests are left.</summary>
    public async Task WaitAsync(OperationContext context)
    {
        while (TimeLeft(out string? told) is { } left)
        {
            context.Log.Verbose($"Azure takes few requests more for now ({told}): the next disk waits.");
            await context.Time.Delay(left, context.Cancellation).ConfigureAwait(false);
        }
    }

    public override void OnReceivedResponse(HttpMessage message)
    {
        foreach (HttpHeader header in message.Response.Headers)
        {
            if (header.Name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) && IsLow(header))
            {
                lock (_gate)
                {
                    _low = time.GetTimestamp();
                    _told = $"{header.Name}: {header.Value}";
                }
            }
        }
    }

    private static bool IsLow(HttpHeader header)
        => string.Equals(header.Name, OfResource, StringComparison.OrdinalIgnoreCase)
            ? header.Value.Split(',').Any(static rule => Read(rule.Substring(rule.LastIndexOf(';') + 1)) < FewOfResource)
            : Read(header.Value) < FewOfSubscription;

    private static long? Read(string text) => long.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : null;

    private TimeSpan? TimeLeft(out string? told)
    {
        lock (_gate)
        {
            told = _told;
            return _low is { } low && Pause - time.GetElapsedTime(low) is { Ticks: > 0 } left ? left : null;
        }
    }
}
