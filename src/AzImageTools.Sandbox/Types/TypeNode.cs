using System.Text.Json;
using System.Text.Json.Nodes;

namespace AzImageTools.Sandbox.Types;

/// <summary>A node of a type's tree: what may stand at one place of a document. Immutable.</summary>
internal sealed class TypeNode
{
    private static readonly IReadOnlyDictionary<string, TypeMember> NoMembers = new Dictionary<string, TypeMember>(StringComparer.OrdinalIgnoreCase);

    private TypeNode(TypeNodeKind kind) => Kind = kind;

    /// <summary>Whatever it is.</summary>
    public static TypeNode Any { get; } = new(TypeNodeKind.Any);

    public TypeNodeKind Kind { get; }

    /// <summary>The texts that a value may be; null where any text will do.</summary>
    public IReadOnlyList<string>? Values { get; private init; }

    /// <summary>Whether a client must expect other texts than <see cref="Values"/>, from a version to come.</summary>
    public bool IsOpen { get; private init; }

    /// <summary>What an array holds.</summary>
    public TypeNode? Item { get; private init; }

    /// <summary>An object's properties by name, without regard to case.</summary>
    public IReadOnlyDictionary<string, TypeMember> Members { get; private init; } = NoMembers;

    /// <summary>What an object's properties of any other name hold; null where there may be none.</summary>
    public TypeNode? Others { get; private init; }

    /// <summary>The property that tells which of <see cref="Variants"/> an object is; null where there are none.</summary>
    public string? Discriminator { get; private init; }

    public IReadOnlyDictionary<string, TypeNode>? Variants { get; private init; }

    public static TypeNode Read(JsonElement element)
    {
        if (element.ValueKind == JsonValueKind.String)
        {
            return element.GetString() switch
            {
                "string" => new TypeNode(TypeNodeKind.Text),
                "int" => new TypeNode(TypeNodeKind.Number),
                "bool" => new TypeNode(TypeNodeKind.Flag),
                _ => Any,
            };
        }

        if (element.TryGetProperty("enum", out var values))
        {
            return new TypeNode(TypeNodeKind.Text)
            {
                Values = [.. values.EnumerateArray().Select(value => value.GetString()!)],
                IsOpen = element.TryGetProperty("open", out _),
            };
        }

        if (element.TryGetProperty("array", out var item))
        {
            return new TypeNode(TypeNodeKind.List) { Item = Read(item) };
        }

        // A type that holds itself ends where it comes up again.
        return element.TryGetProperty("object", out var members) ? ReadObject(element, members) : Any;
    }

    /// <summary>The member of an object by its name; null where it may have none of that name.</summary>
    public TypeMember? Find(string name)
        => Members.TryGetValue(name, out var member) ? member
            : Others is null ? null
            : new TypeMember(name, Others, IsRequired: false, IsReadOnly: false, IsWriteOnly: false);

    /// <summary>The node of an object: with the properties of the variant that its discriminator names.</summary>
    public TypeNode Of(JsonObject document)
    {
        if (Discriminator is null || Variants is null || document[Discriminator] is not JsonValue value || value.GetValueKind() != JsonValueKind.String
            || !Variants.TryGetValue(value.GetValue<string>(), out var variant))
        {
            return this;
        }

        var members = Members.Values.Concat(variant.Members.Values.Where(member => !Members.ContainsKey(member.Name)));
        return new TypeNode(TypeNodeKind.Object) { Members = ByName(members), Others = variant.Others ?? Others };
    }

    /// <summary>The same object without a property.</summary>
    public TypeNode WithoutMember(string name)
        => new TypeNode(TypeNodeKind.Object)
        {
            Members = ByName(Members.Values.Where(member => !string.Equals(member.Name, name, StringComparison.Ordinal))),
            Others = Others,
            Discriminator = Discriminator,
            Variants = Variants,
        };

    private static TypeNode ReadObject(JsonElement element, JsonElement members) => new(TypeNodeKind.Object)
    {
        Members = ByName(members.EnumerateObject().Select(ReadMember)),
        Others = element.TryGetProperty("map", out var others) ? Read(others) : null,
        Discriminator = element.TryGetProperty("by", out var by) ? by.GetString() : null,
        Variants = element.TryGetProperty("oneOf", out var variants)
            ? variants.EnumerateObject().ToDictionary(variant => variant.Name, variant => Read(variant.Value), StringComparer.OrdinalIgnoreCase)
            : null,
    };

    private static TypeMember ReadMember(JsonProperty property)
    {
        var flags = property.Value[0].GetString()!;
        return new TypeMember(property.Name, Read(property.Value[1]), Has('r'), Has('o'), Has('w'));

        bool Has(char flag) => flags.IndexOf(flag) >= 0;
    }

    private static Dictionary<string, TypeMember> ByName(IEnumerable<TypeMember> members)
        => members.ToDictionary(member => member.Name, StringComparer.OrdinalIgnoreCase);
}

/// <summary>What a node allows.</summary>
internal enum TypeNodeKind
{
    Any,
    Text,
    Number,
    Flag,
    List,
    Object,
}

/// <summary>A property of an object.</summary>
/// <param name="Name">As Azure writes it.</param>
/// <param name="Node">What it holds.</param>
/// <param name="IsRequired">Whether a request must have it.</param>
/// <param name="IsReadOnly">Whether only answers have it.</param>
/// <param name="IsWriteOnly">Whether only requests have it.</param>
internal sealed record TypeMember(string Name, TypeNode Node, bool IsRequired, bool IsReadOnly, bool IsWriteOnly);
