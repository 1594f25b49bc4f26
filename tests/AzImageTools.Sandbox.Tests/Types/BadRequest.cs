using System.Text.Json.Nodes;

namespace AzImageTools.Sandbox.Tests.Types;

/// <summary>A request that Azure refuses, and how.</summary>
/// <param name="Rule">What it breaks.</param>
/// <param name="Method">The HTTP method.</param>
/// <param name="Path">Below the subscription; GROUP stands for the seeded group, COMPUTE for its Microsoft.Compute.</param>
/// <param name="Body">JSON with the same words; null for none.</param>
/// <param name="Status">The status that Azure answers with.</param>
/// <param name="Code">The error code.</param>
/// <param name="Says">A part of the message.</param>
/// <param name="Source">Where that is to be seen: a page, an issue, a recording.</param>
public sealed record BadRequest(string Rule, string Method, string Path, string? Body, int Status, string Code, string Says, string Source)
{
    public override string ToString() => Rule;

    public string Fill(string text, string subscription)
    {
        var group = "/subscriptions/" + subscription + "/resourceGroups/sandbox-rg";
        return text.Replace("COMPUTE", group + "/providers/Microsoft.Compute", StringComparison.Ordinal)
            .Replace("GROUP", group, StringComparison.Ordinal)
            .Replace("SUBSCRIPTION", "/subscriptions/" + subscription, StringComparison.Ordinal);
    }

    /// <summary>A document with one value put in or replaced.</summary>
    public static string With(string document, string path, string value)
    {
        var root = JsonNode.Parse(document)!;
        var node = root;
        var names = path.Split('.');
        foreach (var name in names[..^1])
        {
            node = node[name] ??= new JsonObject();
        }

        node[names[^1]] = JsonNode.Parse(value);
        return root.ToJsonString();
    }
}
