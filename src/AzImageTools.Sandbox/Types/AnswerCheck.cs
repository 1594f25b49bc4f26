using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace AzImageTools.Sandbox.Types;

/// <summary>
/// Writes a document as the asked version has it, and holds it against the type's tree. What only other versions of the type have is left out,
/// as Azure does; whatever else differs is a fault of the sandbox.
/// </summary>
/// <param name="type">As in <c>Microsoft.Compute/disks</c>.</param>
/// <param name="version">That of the tree.</param>
/// <param name="differences">Takes what differs, one sentence each.</param>
internal sealed class AnswerCheck(string type, string version, ICollection<string> differences)
{
    /// <summary>What goes in and never comes out; the published types do not tell.</summary>
    private static readonly string[] Secrets = ["adminPassword", "customData", "protectedSettings"];

    /// <summary>What recordings write otherwise than the published types: az's of storage accounts' keys.</summary>
    private static readonly (string Name, string Value)[] Recorded = [("permissions", "FULL")];

    public void Hold(JsonNode? document, TypeNode node) => HoldValue(document, node, []);

    private void HoldValue(JsonNode? value, TypeNode node, IReadOnlyList<string> path)
    {
        switch (node.Kind)
        {
            case TypeNodeKind.Object when value is JsonObject members:
                HoldObject(members, node, path);
                break;
            case TypeNodeKind.List when value is JsonArray items:
                for (var index = 0; index < items.Count; index++)
                {
                    HoldValue(items[index], node.Item!, [.. path, "[" + index.ToString(CultureInfo.InvariantCulture) + "]"]);
                }

                break;
            case TypeNodeKind.Any:
                break;
            case TypeNodeKind.Text when value?.GetValueKind() == JsonValueKind.String:
                HoldText(value.GetValue<string>(), node, path);
                break;
            case TypeNodeKind.Number when value?.GetValueKind() == JsonValueKind.Number && long.TryParse(value.ToJsonString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _):
            case TypeNodeKind.Flag when value?.GetValueKind() is JsonValueKind.True or JsonValueKind.False:
                break;
            default:
                Differ(path, "is " + (value?.ToJsonString() ?? "null") + " where a " + node.Kind + " is");
                break;
        }
    }

    private void HoldObject(JsonObject members, TypeNode node, IReadOnlyList<string> path)
    {
        node = node.Of(members);
        foreach (var name in members.Select(member => member.Key).ToList())
        {
            IReadOnlyList<string> place = [.. path, name];
            var member = node.Find(name);
            if (member is null && IsOfAnotherVersion(place))
            {
                members.Remove(name);
            }
            else if (member is null || !string.Equals(member.Name, name, StringComparison.Ordinal))
            {
                Differ(place, member is null ? "is unknown" : "is written " + member.Name);
            }
            else if (member.IsWriteOnly || Secrets.Contains(name, StringComparer.OrdinalIgnoreCase))
            {
                Differ(place, "never comes out");
            }
            else
            {
                HoldValue(members[name], member.Node, place);
            }
        }

        foreach (var member in node.Members.Values.Where(member => member.IsRequired && members[member.Name] is null))
        {
            Differ([.. path, member.Name], "is missing");
        }
    }

    private void HoldText(string text, TypeNode node, IReadOnlyList<string> path)
    {
        if (node.Values is { } values && !values.Contains(text, StringComparer.Ordinal) && !Recorded.Contains((path[path.Count - 1], text)) && !RequestBodyReader.IsNeverClosed(path[path.Count - 1]) && !(node.IsOpen && IsValueOfAnotherVersion(text, path)))
        {
            Differ(path, "is '" + text + "', which is none of " + string.Join(", ", values.Take(12)));
        }
    }

    private void Differ(IReadOnlyList<string> path, string how)
        => differences.Add(type + "@" + version + ": " + string.Join(".", path).Replace(".[", "[") + " " + how + ".");

    private bool IsOfAnotherVersion(IReadOnlyList<string> path) => OtherNodes(path).Any();

    private bool IsValueOfAnotherVersion(string text, IReadOnlyList<string> path)
        => OtherNodes(path).Any(node => node.Values is null || node.Values.Contains(text, StringComparer.Ordinal));

    private IEnumerable<TypeNode> OtherNodes(IReadOnlyList<string> path)
        => TypeTrees.Versions(type).Where(other => !string.Equals(other, version, StringComparison.Ordinal))
            .Select(other => Descend(TypeTrees.Body(type, other), path))
            .OfType<TypeNode>();

    private static TypeNode? Descend(TypeNode? node, IReadOnlyList<string> path)
    {
        foreach (var name in path)
        {
            node = name[0] == '[' ? node?.Item : node?.Find(name)?.Node;
        }

        return node;
    }
}
