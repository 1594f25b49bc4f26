using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using AzImageTools.Disks;
using AzImageTools.Services.Session;
using Azure;
using Azure.Core;

namespace AzImageTools.Services.Graph;

/// <summary>
/// Asks Resource Graph: one question over all subscriptions that the sign-in sees, in pages of a thousand rows. Its tables lag behind Resource Manager by seconds, sometimes
/// minutes (Microsoft Learn, "What is Azure Resource Graph?"). What may not be read is left out there without a word.
/// </summary>
/// <param name="session">The session.</param>
internal sealed class ResourceGraph(ImageSession session)
{
    private const int PageSize = 1000;
    private const int MostRows = 1_000_000;

    private readonly ArmDocuments _graph = new(session.Arm, new ResourceIdentifier("/providers/Microsoft.ResourceGraph/resources"), ApiVersions.Graph);

    /// <summary>A text of the query language.</summary>
    public static string Quote(string text) => "'" + text.Replace("\\", "\\\\").Replace("'", "\\'") + "'";

    /// <summary>The rows that a query finds, page by page.</summary>
    /// <param name="query">The query. Its rows have an <c>id</c> and an order, without which there are no further pages.</param>
    /// <param name="doing">What is asked, as the beginning of a sentence: <c>Listing the galleries</c>.</param>
    /// <param name="context">Log and cancellation.</param>
    /// <exception cref="ImageServiceException">Resource Graph refused or could not be reached.</exception>
    public async IAsyncEnumerable<JsonElement> RowsAsync(string query, string doing, OperationContext context)
    {
        string? next = null;
        int rows = 0;
        HashSet<string> seen = new(StringComparer.Ordinal);
        do
        {
            JsonObject options = new() { ["$top"] = PageSize, ["resultFormat"] = "objectArray" };
            if (next is not null)
            {
                options["$skipToken"] = next;
            }

            JsonElement page = await AzureErrors.CallAsync(doing, session.Context.TenantId, async () =>
            {
                JsonElement answer = await AskAsync(new JsonObject { ["query"] = query, ["options"] = options }, context).ConfigureAwait(false);
                if (ArmDocuments.Text(answer, "$skipToken") is { } token)
                {
                    ListingExtensions.RequireNew(seen, token);
                }

                return answer;
            }).ConfigureAwait(false);
            foreach (JsonElement row in ArmDocuments.Items(page, "data"))
            {
                if (++rows > MostRows)
                {
                    throw new ImageServiceException("ListingTooLong", ErrorKind.InvalidData, $"Resource Graph lists more than {MostRows} rows.", "Name a subscription with -SubscriptionId.", session.Context.TenantId);
                }

                yield return row;
            }

            next = ArmDocuments.Text(page, "$skipToken");
        }
        while (next is not null);
    }

    /// <summary>The subscriptions that Resource Manager lists and whose content Resource Graph does not show: what is in them is not found.</summary>
    /// <param name="context">Cancellation.</param>
    public async Task<IReadOnlyList<string>> HiddenSubscriptionsAsync(OperationContext context)
    {
        HashSet<string> shown = new(StringComparer.OrdinalIgnoreCase);
        await foreach (JsonElement row in RowsAsync("ResourceContainers | where type =~ 'microsoft.resources/subscriptions' | project id, subscriptionId | order by id asc", "Listing the subscriptions", context).ConfigureAwait(false))
        {
            shown.Add(ArmDocuments.Text(row, "subscriptionId") ?? string.Empty);
        }

        return await AzureErrors.CallAsync("Listing the subscriptions", session.Context.TenantId, async () =>
        {
            List<string> hidden = [];
            await foreach (var subscription in session.Arm.GetSubscriptions().GetAllAsync(context.Cancellation).InBounds().ConfigureAwait(false))
            {
                bool isOfTenant = session.Context.TenantId.Length == 0 || string.Equals(subscription.Data.TenantId?.ToString(), session.Context.TenantId, StringComparison.OrdinalIgnoreCase);
                if (isOfTenant && !shown.Contains(subscription.Data.SubscriptionId))
                {
                    hidden.Add($"'{subscription.Data.DisplayName}' ({subscription.Data.SubscriptionId})");
                }
            }

            return (IReadOnlyList<string>)hidden;
        }).ConfigureAwait(false);
    }

    /// <summary>Sends a query, and waits where the service's headers say that the next would be refused.</summary>
    private async Task<JsonElement> AskAsync(JsonNode query, OperationContext context)
    {
        (JsonElement answer, Response response) = await _graph.AskWithHeadersAsync(query, context.Cancellation).ConfigureAwait(false);
        if (ArmDocuments.Text(answer, "$skipToken") is not null
            && response.Headers.TryGetValue("x-ms-user-quota-remaining", out string? left)
            && int.TryParse(left, NumberStyles.None, CultureInfo.InvariantCulture, out int queries) && queries == 0
            && response.Headers.TryGetValue("x-ms-user-quota-resets-after", out string? reset)
            && TimeSpan.TryParse(reset, CultureInfo.InvariantCulture, out TimeSpan wait) && wait > TimeSpan.Zero && wait < TimeSpan.FromMinutes(1))
        {
            context.Log.Verbose("Resource Graph takes no more queries for now: the next page waits.");
            await context.Time.Delay(wait, context.Cancellation).ConfigureAwait(false);
        }

        return answer;
    }
}
