using System.Text.Json;
using AzImageTools.Services.Session;
using Azure;
using Azure.Core;
using Azure.ResourceManager;

namespace AzImageTools.Services.Sources;

/// <summary>
/// Reads listings from Resource Manager as JSON, through the session's own pipeline. For community and shared galleries:
/// the SDK's listings of them (1.2.0) fail, because their entries have no resource id.
/// </summary>
/// <param name="client">The session's client.</param>
/// <param name="scope">What is listed from: the path before the collections.</param>
/// <param name="apiVersion">The API's version.</param>
internal sealed class ArmListing(ArmClient client, ResourceIdentifier scope, string apiVersion) : ArmResource(client, scope)
{
    private const int OkStatus = 200;

    /// <summary>Reads a listing to its end.</summary>
    /// <param name="path">The collection, below the scope.</param>
    /// <param name="query">More of the query, as <c>&amp;name=value</c>.</param>
    /// <param name="cancellation">Cancels.</param>
    /// <exception cref="RequestFailedException">The service refused, or its answer is no listing.</exception>
    public async Task<IReadOnlyList<JsonElement>> ReadAsync(string path, string query, CancellationToken cancellation)
    {
        List<JsonElement> entries = [];
        HashSet<string> seen = new(StringComparer.Ordinal);
        Uri? page = new(Endpoint, $"{Id}/{path}?api-version={apiVersion}{query}");
        while (page is not null)
        {
            ListingExtensions.RequireNew(seen, page.AbsoluteUri);
            using HttpMessage message = Pipeline.CreateMessage();
            message.Request.Method = RequestMethod.Get;
            message.Request.Uri.Reset(page);
            message.Request.Headers.Add("Accept", "application/json");
            await Pipeline.SendAsync(message, cancellation).ConfigureAwait(false);
            if (message.Response.Status != OkStatus)
            {
                throw new RequestFailedException(message.Response);
            }

            page = Read(message.Response, entries);
        }

        return entries;
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
            throw new RequestFailedException(response.Status, "The answer is not JSON.", "InvalidAnswer", exception);
        }
    }
}
