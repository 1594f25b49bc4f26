using AzImageTools.Services.Session;
using Azure;
using Azure.ResourceManager.Resources;

namespace AzImageTools.Services.Temporary;

/// <summary>Azure's clock, by which all runs on all machines tell the time, whatever their own clocks say.</summary>
internal sealed class ServiceClock
{
    private readonly TimeProvider _time;
    private readonly TimeSpan _ahead;

    private ServiceClock(TimeProvider time, TimeSpan ahead)
    {
        _time = time;
        _ahead = ahead;
    }

    /// <summary>What time it is in Azure.</summary>
    public DateTimeOffset Now => _time.GetUtcNow() + _ahead;

    /// <summary>Asks for the time.</summary>
    /// <exception cref="ImageServiceException">Azure can't be reached.</exception>
    public static Task<ServiceClock> ReadAsync(ImageSession session, OperationContext context)
        => AzureErrors.CallAsync("Reading the subscription", session.Context.SubscriptionId, async () =>
        {
            Response answer = await AskAsync(session, context.Cancellation).ConfigureAwait(false);
            DateTimeOffset local = context.Time.GetUtcNow();
            return new ServiceClock(context.Time, (answer.Headers.Date ?? local) - local);
        });

    /// <summary>A refusal has a date too.</summary>
    private static async Task<Response> AskAsync(ImageSession session, CancellationToken cancellation)
    {
        try
        {
            Response<SubscriptionResource> answer = await session.Subscription.GetAsync(cancellation).ConfigureAwait(false);
            return answer.GetRawResponse();
        }
        catch (RequestFailedException refusal) when (refusal.Status == 403 && refusal.GetRawResponse() is not null)
        {
            return refusal.GetRawResponse()!;
        }
    }
}
