using System.Globalization;
using System.Text;
using System.Text.Json;

namespace AzImageTools.Readiness.Guests.Gathered;

/// <summary>A value of the evidence's JSON, of which nothing is believed: what is of another kind than asked for is damage.</summary>
/// <param name="element">The value.</param>
/// <param name="place">Where it stands, for messages.</param>
internal readonly struct EvidenceNode(JsonElement element, string place)
{
    private const string Base64 = "base64";

    /// <summary>Whether it is null: what was looked for, and is not there.</summary>
    public bool IsNull => element.ValueKind == JsonValueKind.Null;

    /// <summary>Its kind.</summary>
    public JsonValueKind Kind => element.ValueKind;

    /// <summary>A property; null where it has none of that name.</summary>
    public EvidenceNode? Get(string name)
        => Require(JsonValueKind.Object).TryGetProperty(name, out JsonElement value) ? new EvidenceNode(value, $"{place}.{name}") : null;

    /// <summary>Its properties.</summary>
    public IEnumerable<(string Name, EvidenceNode Value)> Properties()
    {
        string parent = place;
        return Require(JsonValueKind.Object).EnumerateObject().Select(property => (Text(property, parent), new EvidenceNode(property.Value, parent + ".*")));

        static string Text(JsonProperty property, string place) => Read(place, () => property.Name);
    }

    /// <summary>Its items.</summary>
    public IEnumerable<EvidenceNode> Items()
    {
        string parent = place;
        return Require(JsonValueKind.Array).EnumerateArray().Select(item => new EvidenceNode(item, parent + "[]"));
    }

    /// <summary>Its text: a string, or an object with the property base64 for one that is not plain ASCII.</summary>
    public string ToText()
    {
        if (element.ValueKind == JsonValueKind.Object)
        {
            return Encoding.UTF8.GetString(Get(Base64) is { } encoded ? encoded.ToBytes() : throw Wrong());
        }

        JsonElement text = Require(JsonValueKind.String);
        return Read(place, () => text.GetString()!);
    }

    /// <summary>Its texts.</summary>
    public IReadOnlyList<string> ToTexts() => [.. Items().Select(static item => item.ToText())];

    /// <summary>The bytes of a string in base64.</summary>
    public byte[] ToBytes()
    {
        JsonElement text = Require(JsonValueKind.String);
        return Read(place, () => text.GetBytesFromBase64());
    }

    /// <summary>Its whole number.</summary>
    public long ToNumber() => Require(JsonValueKind.Number).TryGetInt64(out long number) ? number : throw Wrong();

    /// <summary>Whether it is true.</summary>
    public bool ToBoolean() => element.ValueKind is JsonValueKind.True or JsonValueKind.False ? element.GetBoolean() : throw Wrong();

    /// <summary>Its time, UTC; null where it is none.</summary>
    public DateTimeOffset? ToTime()
        => DateTimeOffset.TryParse(ToText(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out DateTimeOffset time) ? time : null;

    /// <summary>It is not what it should be.</summary>
    public EvidenceException Wrong(Exception? cause = null) => EvidenceText.Damaged($"'{place}' is not what it should be.", cause);

    private JsonElement Require(JsonValueKind kind) => element.ValueKind == kind ? element : throw Wrong();

    /// <summary>Half characters and broken base64 are found when a text is taken out.</summary>
    private static T Read<T>(string place, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception exception) when (exception is InvalidOperationException or FormatException)
        {
            throw EvidenceText.Damaged($"'{place}' holds no text.", exception);
        }
    }
}
