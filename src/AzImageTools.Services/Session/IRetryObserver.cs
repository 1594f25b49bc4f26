namespace AzImageTools.Services.Session;

/// <summary>Told of each request that is sent again, so that an upload can count and slow down. Thread-safe.</summary>
internal interface IRetryObserver
{
    /// <summary>A request failed and will be sent again.</summary>
    /// <param name="status">The HTTP status; 0 when no answer came.</param>
    /// <param name="delay">How long it waits first.</param>
    void Retrying(int status, TimeSpan delay);
}
