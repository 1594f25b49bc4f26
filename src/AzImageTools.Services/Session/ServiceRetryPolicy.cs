using Azure;
using Azure.Core;
using Azure.Core.Pipeline;

namespace AzImageTools.Services.Session;

/// <summary>
/// Sends a request again after a failure that may pass (408, 429, 5xx, a broken connection). Waits as long as the service
/// asks, else twice as long each time, on the given clock; so too after a conflict with work that an earlier try may have begun; tells the <see cref="IRetryObserver"/> in the request's scope.
/// </summary>
internal sealed class ServiceRetryPolicy(TimeProvider time) : HttpPipelinePolicy
{
    /// <summary>The request property that holds the <see cref="IRetryObserver"/>.</summary>
    public const string ObserverProperty = "AzImageTools.RetryObserver";

    /// <summary>The request property of what must not be done twice: it is sent again only where it was certainly not begun.</summary>
    public const string OnceProperty = "AzImageTools.SendOnce";

    /// <summary>The request property of one of many that can be done without: what fails otherwise than by throttling is tried three times.</summary>
    public const string FewTriesProperty = "AzImageTools.FewTries";

    private const int FewRetries = 2;
    private const int TooManyRequests = 429;
    private const int MaxRetries = 7;
    private const int ConflictStatus = 409;
    private const double FirstDelaySeconds = 0.8;
    private const double LongestDelaySeconds = 30;
    private static readonly Random Jitter = new();

    public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
        => ProcessAsync(message, pipeline).AsTask().GetAwaiter().GetResult();

    public override async ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
    {
        bool mayBeUnderWay = false;
        bool isOnce = message.TryGetProperty(OnceProperty, out _);
        int most = message.TryGetProperty(FewTriesProperty, out _) ? FewRetries : MaxRetries;
        for (int attempt = 0; ; attempt++)
        {
            MessageProcessingContext processing = message.ProcessingContext;
            processing.RetryNumber = attempt;
            TimeSpan delay;
            int status = 0;
            Exception? failure = null;
            try
            {
                await ProcessNextAsync(message, pipeline).ConfigureAwait(false);
                bool isOwnConflict = mayBeUnderWay && message.Response.Status == ConflictStatus && IsManagement(message.Request);
                if (attempt >= (message.Response.Status == TooManyRequests ? MaxRetries : most) || (isOnce && message.Response.Status != TooManyRequests) || (!isOwnConflict && !message.ResponseClassifier.IsRetriableResponse(message)))
                {
                    return;
                }

                status = message.Response.Status;
                delay = RetryAfter.Read(message.Response, time) ?? Backoff(attempt);
                message.Response.ContentStream?.Dispose();
            }
            catch (Exception exception) when (attempt < most && !isOnce && message.ResponseClassifier.IsRetriable(message, exception) && ConnectionFailure.Find(exception) is not { MayPass: false })
            {
                // What broke may have been the answer: then another try meets the work that this one has begun.
                mayBeUnderWay = true;
                delay = Backoff(attempt);
                failure = exception;
            }
            catch (OperationCanceledException exception) when (!message.CancellationToken.IsCancellationRequested)
            {
                // Nobody cancelled: it is the SDK's limit for one try, and must not be taken for a cancellation.
                throw new RequestFailedException(0, "The service did not answer in time.", errorCode: null, exception);
            }
            catch (IOException exception)
            {
                throw new RequestFailedException(0, exception.Message, errorCode: null, exception);
            }

            if (message.TryGetProperty(ObserverProperty, out object? observer))
            {
                (observer as IRetryObserver)?.Retrying(status, delay);
            }

            Tell(message, status, failure, delay);
            await time.Delay(delay, message.CancellationToken).ConfigureAwait(false);
        }
    }

    private static void Tell(HttpMessage message, int status, Exception? failure, TimeSpan delay)
    {
        string host = message.Request.Uri.Host ?? string.Empty;
        if (failure is null)
        {
            RequestNotices.Current?.Failed(host, $"The service answers {status}.", delay);
        }
        else if (ConnectionFailure.Find(failure) is { MayPass: true } unreachable)
        {
            RequestNotices.Current?.Unreachable(host, unreachable.Problem, delay);
        }
        else
        {
            RequestNotices.Current?.Failed(host, failure is OperationCanceledException ? "The service did not answer in time." : $"The connection failed ({failure.Message.TrimEnd('.')}).", delay);
        }
    }

    private static bool IsManagement(Request request)
        => request.Method != RequestMethod.Get && request.Uri.Query.IndexOf("api-version=", StringComparison.OrdinalIgnoreCase) >= 0;

    private static TimeSpan Backoff(int attempt)
    {
        double seconds = Math.Min(FirstDelaySeconds * Math.Pow(2, attempt), LongestDelaySeconds);
        lock (Jitter)
        {
            return TimeSpan.FromSeconds(seconds * (0.8 + (Jitter.NextDouble() * 0.4)));
        }
    }
}

/// <summary>Told of each request that is sent again, so that an upload can count and slow down. Thread-safe.</summary>
internal interface IRetryObserver
{
    /// <summary>A request failed and will be sent again.</summary>
    /// <param name="status">The HTTP status; 0 when no answer came.</param>
    /// <param name="delay">How long it waits first.</param>
    void Retrying(int status, TimeSpan delay);
}
