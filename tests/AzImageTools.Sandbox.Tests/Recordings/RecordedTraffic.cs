using System.Net;

namespace AzImageTools.Sandbox.Tests.Recordings;

/// <summary>Holds each success of Resource Manager that a test sees against the table of recordings, on the spot.</summary>
internal sealed class RecordedTraffic(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    private static readonly Dictionary<string, Recording> Rows = RecordingsTable.Rows.ToDictionary(row => row.Operation, StringComparer.OrdinalIgnoreCase);

    /// <summary>An operation's name: the method, the provider's types with {} for names, an action or view at the end; Resource Manager's own from the root.</summary>
    public static string OperationOf(string method, Uri address)
    {
        var parts = address.AbsolutePath.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var provider = Array.FindLastIndex(parts, part => part.Equals("providers", StringComparison.OrdinalIgnoreCase));
        if (provider < 0 || provider + 2 >= parts.Length)
        {
            // Names are every second part.
            return method + " /" + string.Join('/', parts.Select((part, index) => index % 2 == 0 ? part : "{}"));
        }

        var types = parts[(provider + 2)..].Select((part, index) => index % 2 == 0 ? part : "{}");
        return method + " " + parts[provider + 1] + "/" + string.Join('/', types);
    }

    /// <summary>What an answer has that its recording has not, or the other way round; null for nothing.</summary>
    public static string? FindDifference(string operation, HttpResponseMessage response)
    {
        if (!Rows.TryGetValue(operation, out var row))
        {
            return "has no row in the table of recordings";
        }

        var status = (int)response.StatusCode;
        if (!row.Statuses.Contains(status))
        {
            return $"was answered with {status}, and Azure answers with {string.Join(" or ", row.Statuses)}";
        }

        var hasAsync = response.Headers.TryGetValues("Azure-AsyncOperation", out var values);
        var service = hasAsync ? new Uri(values!.Single()).AbsolutePath.Split('/')[^2] : null;
        var mustWait = response.StatusCode is HttpStatusCode.Accepted or HttpStatusCode.Created;
        return (hasAsync || mustWait) && service != row.Async ? $"has '{service}' in Azure-AsyncOperation, and Azure has '{row.Async}'"
            : response.StatusCode == HttpStatusCode.Accepted && response.Headers.Location is not null != row.HasLocation ? "has a Location where Azure has none, or none where Azure has one"
            : null;
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken);
        Hold(request, response);
        return response;
    }

    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = base.Send(request, cancellationToken);
        Hold(request, response);
        return response;
    }

    private static void Hold(HttpRequestMessage request, HttpResponseMessage response)
    {
        if (request.RequestUri!.Host != "management.azure.com" || !response.IsSuccessStatusCode)
        {
            return;
        }

        var operation = OperationOf(request.Method.Method, request.RequestUri);
        if (FindDifference(operation, response) is { } difference)
        {
            throw new InvalidOperationException($"{operation} {difference}. See RecordingsTable.");
        }
    }
}
