using Azure;

namespace AzImageTools.Services.Plans;

/// <summary>Reads of things that may not be there.</summary>
internal static class Lookup
{
    private const int NotFoundStatus = 404;

    /// <summary>Reads a resource.</summary>
    /// <typeparam name="T">The resource's type.</typeparam>
    /// <param name="read">Reads it.</param>
    /// <returns>The resource; null if it is not there.</returns>
    /// <exception cref="RequestFailedException">Anything else, a missing resource group among them.</exception>
    public static async Task<T?> FindAsync<T>(Func<Task<Response<T>>> read)
        where T : class
    {
        try
        {
            Response<T> response = await read().ConfigureAwait(false);
            return response.Value;
        }
        catch (RequestFailedException failure) when (IsAbsent(failure))
        {
            return null;
        }
    }

    /// <summary>Whether a failure says that the thing itself is not there.</summary>
    public static bool IsAbsent(RequestFailedException failure) =>
        failure.Status == NotFoundStatus
        && !string.Equals(failure.ErrorCode, "ResourceGroupNotFound", StringComparison.OrdinalIgnoreCase)
        && !string.Equals(failure.ErrorCode, "SubscriptionNotFound", StringComparison.OrdinalIgnoreCase);
}
