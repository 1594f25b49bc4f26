using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace AzImageTools.Sandbox.Arm.Protocol;

/// <summary>
/// The <c>$filter</c> of Resource Manager's lists: comparisons of <c>resourceType</c>, <c>name</c>, <c>resourceGroup</c>, <c>location</c>,
/// <c>tagName</c> and <c>tagValue</c> by <c>eq</c> and <c>ne</c>, <c>substringof('x', name)</c>, <c>startswith(tagName, 'x')</c>, joined by <c>and</c>
/// and <c>or</c> (https://learn.microsoft.com/rest/api/resources/resources/list). Resource groups have tags alone.
/// </summary>
internal sealed class ResourceFilter
{
    private const string Quoted = "'(?<value>(?:[^']|'')*)'";

    private static readonly Regex Term = new(
        @"\G\s*(?:(?<name>\w+)\s+(?<operator>eq|ne)\s+" + Quoted
        + @"|substringof\(\s*" + Quoted + @"\s*,\s*(?<name>\w+)\s*\)(?<operator>)"
        + @"|(?<prefix>startswith)\(\s*(?<name>\w+)\s*,\s*" + Quoted + @"\s*\)(?<operator>))\s*(?:(?<join>and|or)\b|$)",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        TimeSpan.FromSeconds(1));

    private static readonly string[] OfTags = ["tagName", "tagValue"];

    private static readonly string[] OfResources = ["resourceType", "name", "resourceGroup", "location", .. OfTags];

    /// <summary>Alternatives, each of conditions that all hold.</summary>
    private readonly List<List<Condition>> _alternatives = [];

    private ResourceFilter()
    {
    }

    /// <summary>Whether tags are asked for: their values are left out of what is found then.</summary>
    public bool AsksForTags => _alternatives.Exists(all => all.Exists(condition => OfTags.Contains(condition.Name, StringComparer.OrdinalIgnoreCase)));

    /// <summary>Reads what a request for resources or for groups asks; an empty filter finds everything.</summary>
    public static ResourceFilter Parse(ArmRequest request, bool ofGroups)
    {
        var text = request.Http.QueryValue("$filter");
        var filter = new ResourceFilter();
        if (text.Trim().Length == 0)
        {
            return filter;
        }

        var conditions = new List<Condition>();
        filter._alternatives.Add(conditions);
        for (var position = 0; position < text.Length;)
        {
            var match = Term.Match(text, position);
            var isLast = match.Index + match.Length == text.Length;
            if (!match.Success || isLast == match.Groups["join"].Success || !(ofGroups ? OfTags : OfResources).Contains(match.Groups["name"].Value, StringComparer.OrdinalIgnoreCase))
            {
                throw new ArmException(HttpStatusCode.BadRequest, "InvalidFilterInQueryString", "Invalid $filter '" + text + "' specified in the query string.");
            }

            conditions.Add(Condition.Of(match));
            position = match.Index + match.Length;
            if (JsonReading.Same(match.Groups["join"].Value, "or"))
            {
                conditions = [];
                filter._alternatives.Add(conditions);
            }
        }

        return filter;
    }

    /// <summary>Whether it finds a resource or a group.</summary>
    public bool Finds(JsonNode document)
        => _alternatives.Count == 0 || _alternatives.Exists(all => all.TrueForAll(condition => condition.Holds(document, all)));

    private sealed record Condition(string Name, string Value, Func<string, bool> Test)
    {
        public static Condition Of(Match match)
        {
            var value = match.Groups["value"].Value.Replace("''", "'");
            Func<string, bool> test = match.Groups["operator"].Value.ToUpperInvariant() switch
            {
                "EQ" => actual => JsonReading.Same(actual, value),
                "NE" => actual => !JsonReading.Same(actual, value),
                _ when match.Groups["prefix"].Success => actual => actual.StartsWith(value, StringComparison.OrdinalIgnoreCase),
                _ => actual => actual.IndexOf(value, StringComparison.OrdinalIgnoreCase) >= 0,
            };
            return new Condition(match.Groups["name"].Value.ToUpperInvariant(), value, test);
        }

        public bool Holds(JsonNode document, List<Condition> beside)
        {
            var tags = (document["tags"] as JsonObject ?? []).Select(tag => (tag.Key, Value: tag.Value?.ToString() ?? ""));
            return Name switch
            {
                "RESOURCETYPE" => Test(document.Text("type") ?? ""),
                "NAME" => Test(document.Text("name") ?? ""),
                "LOCATION" => Test(document.Text("location") ?? ""),
                "RESOURCEGROUP" => Test(ResourceId.TryParse(document.Text("id"))?.ResourceGroup ?? ""),
                "TAGNAME" => tags.Any(tag => Test(tag.Key)),

                // A value is that of the tag which is named beside it.
                _ => tags.Any(tag => Test(tag.Value) && beside.TrueForAll(other => other.Name is not "TAGNAME" || other.Test(tag.Key))),
            };
        }
    }
}
