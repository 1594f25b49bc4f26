using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Configuration;

namespace AzImageTools.Sandbox.Arm.Protocol;

/// <summary>A page of a list, with a <c>nextLink</c> to the one after it. The link goes on after the last item given, whatever comes and goes meanwhile.</summary>
internal static class ListPage
{
    /// <summary>What <c>$top</c> can ask for, and what Resource Manager gives unasked, of resources and resource groups.</summary>
    public const int OfResources = 1000;

    /// <summary>What Microsoft.Compute gives of a list (azure-powershell#3227, azure-sdk-for-node#4769); it has no <c>$top</c>.</summary>
    public const int OfProviders = 50;

    private const string Token = "$skiptoken";

    /// <summary>A page of a provider's list.</summary>
    /// <param name="request">What asked for it.</param>
    /// <param name="options">The cloud's.</param>
    /// <param name="items">All items, each with an id or a name that no other has.</param>
    /// <param name="key">What no two items have alike; null for the id or name.</param>
    public static HttpResponseMessage Of(ArmRequest request, SandboxOptions options, IEnumerable<JsonNode> items, Func<JsonNode, string>? key = null)
        => Reply(request, items, options.PageSize ?? OfProviders, key);

    /// <summary>A page of a list of Resource Manager's own, which knows <c>$top</c>.</summary>
    /// <param name="request">What asked for it.</param>
    /// <param name="options">The cloud's.</param>
    /// <param name="items">All items, each with an id.</param>
    public static HttpResponseMessage WithTop(ArmRequest request, SandboxOptions options, IEnumerable<JsonNode> items)
    {
        var most = options.PageSize ?? OfResources;
        var top = request.Http.QueryValue("$top");
        if (top.Length == 0)
        {
            return Reply(request, items, most);
        }

        if (!int.TryParse(top, NumberStyles.None, CultureInfo.InvariantCulture, out var asked) || asked is < 1 or > OfResources)
        {
            throw new ArmException(HttpStatusCode.BadRequest, "InvalidTopInQueryString", "Invalid $top '" + top + "' specified in the query string.");
        }

        return Reply(request, items, Math.Min(asked, most));
    }

    private static HttpResponseMessage Reply(ArmRequest request, IEnumerable<JsonNode> items, int size, Func<JsonNode, string>? key = null)
    {
        var after = ReadToken(request.Http.QueryValue(Token));
        var rest = items.Select(item => (Key: key?.Invoke(item) ?? item.Text("id") ?? item.Text("name") ?? "", Item: item))
            .OrderBy(entry => entry.Key, StringComparer.OrdinalIgnoreCase)
            .SkipWhile(entry => after is not null && StringComparer.OrdinalIgnoreCase.Compare(entry.Key, after) <= 0)
            .Take(size + 1)
            .ToList();
        var body = new JsonObject { ["value"] = new JsonArray([.. rest.Take(size).Select(entry => entry.Item.DeepClone())]) };
        if (rest.Count > size)
        {
            body["nextLink"] = NextLink(request, rest[size - 1].Key);
        }

        return ArmReply.Ok(body);
    }

    private static string NextLink(ArmRequest request, string last)
    {
        var query = request.Http.Query.Where(entry => !JsonReading.Same(entry.Key, Token))
            .Select(entry => Uri.EscapeDataString(entry.Key) + "=" + Uri.EscapeDataString(entry.Value));
        var token = Convert.ToBase64String(Encoding.UTF8.GetBytes(last));
        return request.Http.Uri.GetLeftPart(UriPartial.Path) + "?" + string.Join("&", query) + "&" + Uri.EscapeDataString(Token) + "=" + Uri.EscapeDataString(token);
    }

    private static string? ReadToken(string token)
    {
        if (token.Length == 0)
        {
            return null;
        }

        try
        {
            return Encoding.UTF8.GetString(Convert.FromBase64String(token));
        }
        catch (FormatException)
        {
            throw new ArmException(HttpStatusCode.BadRequest, "InvalidSkipToken", "The skip token '" + token + "' is invalid.");
        }
    }
}
