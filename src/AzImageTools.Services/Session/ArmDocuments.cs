using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Azure;
using Azure.Core;
using Azure.ResourceManager;

namespace AzImageTools.Services.Session;

/// <summary>
/// Asks Resource Manager for JSON, through the session's own pipeline: what the SDK (1.2.0) has no models for, or models that fail. It reads
/// only, but for <see cref="ChangeAsync"/>.
/// </summary>
/// <param name="client">The session's client.</param>
/// <param name="scope">What is asked about: the path before the collections.</param>
/// <param name="apiVersion">The API's version.</param>
internal sealed class ArmDocuments(ArmClient client, ResourceIdentifier scope, string apiVersion) : ArmResource(client, scope)
{
    private const int OkStatus = 200;
    private const int NotFoundStatus = 404;

    /// <summary>Reads a listing to its end.</summary>
    /// <param name="path">The collection, below the scope.</param>
    /// <param name="query">More of the query, as <c>&amp;name=value</c>.</param>
    /// <param name="cancellation">Cancels.</param>
    /// <exception cref="RequestFailedException">The service refused, or its answer is no listing.</exception>
    public async Task<IReadOnlyList<JsonElement>> ListAsync(string path, string query, CancellationToken cancellation)
    {
        List<JsonElement> entries = [];
        HashSet<string> seen = new(StringComparer.Ordinal);
        Uri? page = new(Endpoint, $"{Id}/{path}?api-version={apiVersion}{query}");
        while (page is not null)
        {
            ListingExtensions.RequireNew(seen, page.AbsoluteUri);
            using HttpMessage message = await SendAsync(RequestMethod.Get, page, content: null, cancellation).ConfigureAwait(false);
            page = Read(message.Response, entries);
        }

        return entries;
    }

    /// <summary>Reads one document; null where it is not there.</summary>
    /// <param name="path">The document, below the scope; empty for the scope itself.</param>
    /// <param name="cancellation">Cancels.</param>
    /// <exception cref="RequestFailedException">The service refused, or its answer is not JSON.</exception>
    public async Task<JsonElement?> FindAsync(string path, CancellationToken cancellation)
    {
        try
        {
            using HttpMessage message = await SendAsync(RequestMethod.Get, AddressOf(path), content: null, cancellation).ConfigureAwait(false);
            return ReadDocument(message.Response);
        }
        catch (RequestFailedException failure) when (failure.Status == NotFoundStatus)
        {
            return null;
        }
    }

    /// <summary>Reads bytes that are no document, as one of many reads: what may pass is tried again a few times only.</summary>
    /// <param name="path">What, below the scope.</param>
    /// <param name="query">More of the query, as <c>&amp;name=value</c>.</param>
    /// <param name="observer">Told of each further try.</param>
    /// <param name="cancellation">Cancels.</param>
    /// <returns>The bytes, null where nothing is there; and how many reads the service says are left, null where it does not say.</returns>
    /// <exception cref="RequestFailedException">The service refused.</exception>
    public async Task<(BinaryData? Content, long? ReadsLeft)> ReadManyAsync(string path, string query, IRetryObserver observer, CancellationToken cancellation)
    {
        using HttpMessage message = CreateMessage(RequestMethod.Get, new Uri(AddressOf(path).AbsoluteUri + query), content: null);
        message.SetProperty(ServiceRetryPolicy.ObserverProperty, observer);
        message.SetProperty(ServiceRetryPolicy.FewTriesProperty, value: true);
        await Pipeline.SendAsync(message, cancellation).ConfigureAwait(false);
        long? left = message.Response.Headers.TryGetValue("x-ms-ratelimit-remaining-subscription-reads", out string? told)
            && long.TryParse(told, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : null;
        return message.Response.Status switch
        {
            OkStatus => (message.Response.Content, left),
            NotFoundStatus => (null, left),
            _ => throw new RequestFailedException(message.Response),
        };
    }

    /// <summary>Changes something that is done when it is answered.</summary>
    /// <param name="method">PUT or PATCH.</param>
    /// <param name="path">What, below the scope; empty for the scope itself.</param>
    /// <param name="body">How.</param>
    /// <param name="cancellation">Cancels.</param>
    /// <exception cref="RequestFailedException">The service refused.</exception>
    public async Task ChangeAsync(RequestMethod method, string path, JsonNode body, CancellationToken cancellation)
    {
        using HttpMessage message = CreateMessage(method, AddressOf(path), RequestContent.Create(Encoding.UTF8.GetBytes(body.ToJsonString())));
        await Pipeline.SendAsync(message, cancellation).ConfigureAwait(false);
        if (message.Response.IsError)
        {
            throw new RequestFailedException(message.Response);
        }
    }

    /// <summary>Asks a question that is put by POST and changes nothing.</summary>
    /// <param name="path">The question, below the scope.</param>
    /// <param name="body">What is asked about.</param>
    /// <param name="cancellation">Cancels.</param>
    /// <exception cref="RequestFailedException">The service refused, or its answer is not JSON.</exception>
    public async Task<JsonElement> AskAsync(string path, JsonNode body, CancellationToken cancellation)
    {
        using HttpMessage message = await SendAsync(
            RequestMethod.Post, AddressOf(path), RequestContent.Create(Encoding.UTF8.GetBytes(body.ToJsonString())), cancellation).ConfigureAwait(false);
        return ReadDocument(message.Response);
    }

    /// <summary>Asks the scope itself by POST, and tells the answer's headers with it.</summary>
    /// <param name="body">What is asked about.</param>
    /// <param name="cancellation">Cancels.</param>
    /// <exception cref="RequestFailedException">The service refused, or its answer is not JSON.</exception>
    public async Task<(JsonElement Answer, Response Response)> AskWithHeadersAsync(JsonNode body, CancellationToken cancellation)
    {
        HttpMessage message = await SendAsync(RequestMethod.Post, AddressOf(string.Empty), RequestContent.Create(Encoding.UTF8.GetBytes(body.ToJsonString())), cancellation).ConfigureAwait(false);
        return (ReadDocument(message.Response), message.Response);
    }

    /// <summary>A text in an entry; null where there is none.</summary>
    public static string? Text(JsonElement entry, params string[] path)
    {
        foreach (string name in path)
        {
            if (entry.ValueKind != JsonValueKind.Object || !entry.TryGetProperty(name, out entry))
            {
                return null;
            }
        }

        return entry.ValueKind == JsonValueKind.String ? entry.GetString() : null;
    }

    /// <summary>A list in an entry; empty where there is none.</summary>
    public static IEnumerable<JsonElement> Items(JsonElement entry, params string[] path)
    {
        foreach (string name in path)
        {
            if (entry.ValueKind != JsonValueKind.Object || !entry.TryGetProperty(name, out entry))
            {
                return [];
            }
        }

        return entry.ValueKind == JsonValueKind.Array ? entry.EnumerateArray() : [];
    }

    private Uri? Read(Response response, List<JsonElement> entries)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(response.Content);
            entries.AddRange(Items(document.RootElement, "value").Select(entry => entry.Clone()));

            // The next page is asked for with our token: only from the host that we asked first.
            return Uri.TryCreate(Text(document.RootElement, "nextLink"), UriKind.Absolute, out Uri? next)
                && string.Equals(next.Scheme, Endpoint.Scheme, StringComparison.OrdinalIgnoreCase)
                && string.Equals(next.Authority, Endpoint.Authority, StringComparison.OrdinalIgnoreCase)
                    ? next
                    : null;
        }
        catch (JsonException exception)
        {
            throw NotJson(response, exception);
        }
    }

    private Uri AddressOf(string path) => new(Endpoint, $"{Id}{(path.Length == 0 ? string.Empty : "/" + path)}?api-version={apiVersion}");

    private static JsonElement ReadDocument(Response response)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(response.Content);
            return document.RootElement.Clone();
        }
        catch (JsonException exception)
        {
            throw NotJson(response, exception);
        }
    }

    private static RequestFailedException NotJson(Response response, JsonException exception) => new(response.Status, "The answer is not JSON.", "InvalidAnswer", exception);

    private HttpMessage CreateMessage(RequestMethod method, Uri address, RequestContent? content)
    {
        HttpMessage message = Pipeline.CreateMessage();
        message.Request.Method = method;
        message.Request.Uri.Reset(address);
        message.Request.Headers.Add("Accept", "application/json");
        if (content is not null)
        {
            message.Request.Headers.Add("Content-Type", "application/json");
            message.Request.Content = content;
        }

        return message;
    }

    private async Task<HttpMessage> SendAsync(RequestMethod method, Uri address, RequestContent? content, CancellationToken cancellation)
    {
        HttpMessage message = CreateMessage(method, address, content);
        await Pipeline.SendAsync(message, cancellation).ConfigureAwait(false);
        if (message.Response.Status == OkStatus)
        {
            return message;
        }

        using (message)
        {
            throw new RequestFailedException(message.Response);
        }
    }
}
