using System.Collections.Concurrent;
using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace AzImageTools.Help;

/// <summary>The summaries of doc comments, as the compiler wrote them beside each assembly.</summary>
internal static partial class XmlComments
{
    private static readonly ConcurrentDictionary<Assembly, Dictionary<string, XElement>> Files = new();

    public static string OfType(Type type) => Find(type.Assembly, $"T:{type.FullName!.Replace('+', '.')}") ?? throw new InvalidOperationException($"{type} has no doc comment.");

    /// <summary>The summary of a property, or of the one that it overrides.</summary>
    public static string OfProperty(PropertyInfo property)
    {
        for (Type? type = property.DeclaringType; type is not null; type = type.BaseType)
        {
            if (Find(type.Assembly, $"P:{type.FullName}.{property.Name}") is { Length: > 0 } summary)
            {
                return summary;
            }
        }

        throw new InvalidOperationException($"{property.DeclaringType}.{property.Name} has no doc comment.");
    }

    private static string? Find(Assembly assembly, string id)
        => Files.GetOrAdd(assembly, static assembly => XDocument.Load(Path.ChangeExtension(assembly.Location, ".xml")).Descendants("member").ToDictionary(static member => member.Attribute("name")!.Value, StringComparer.Ordinal))
            .TryGetValue(id, out XElement? member) && member.Element("summary") is { } summary
            ? Spaces().Replace(string.Concat(summary.Nodes().Select(Render)), " ").Trim()
            : null;

    private static string Render(XNode node) => node switch
    {
        XText text => text.Value,
        XElement { Name.LocalName: "c" } code => $"`{code.Value}`",
        XElement { Name.LocalName: "see" } see when see.Attribute("cref") is { } target => LastName().Match(target.Value).Value,
        XElement { Name.LocalName: "see" } see when see.Attribute("langword") is { } word => word.Value,
        XElement { Name.LocalName: "para" } paragraph => $" {paragraph.Value} ",
        XElement element => element.Value,
        _ => string.Empty,
    };

    [GeneratedRegex(@"\s+", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Spaces();

    [GeneratedRegex(@"[A-Za-z0-9_]+(?=(\(.*\))?$)", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex LastName();
}
