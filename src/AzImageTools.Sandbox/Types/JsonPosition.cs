using System.Globalization;
using System.Text.Json;

namespace AzImageTools.Sandbox.Types;

/// <summary>Tells where in a text something stands, as errors of Azure's do.</summary>
internal static class JsonPosition
{
    private const byte NewLine = (byte)'\n';

    /// <summary><c>, line 1, position 320</c>, or nothing where there is no such place.</summary>
    /// <param name="json">The text.</param>
    /// <param name="path">As in <c>properties.dataDisks[0].caching</c>, without regard to case.</param>
    public static string Find(ReadOnlySpan<byte> json, string path)
    {
        var reader = new Utf8JsonReader(json);
        var place = new Stack<string>();
        var indexes = new Stack<int>();
        var name = "";
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.PropertyName:
                    name = Join(place.Count == 0 ? "" : place.Peek(), reader.GetString()!);
                    if (string.Equals(name, path, StringComparison.OrdinalIgnoreCase))
                    {
                        return Describe(json, (int)reader.BytesConsumed);
                    }

                    break;
                case JsonTokenType.EndObject or JsonTokenType.EndArray:
                    place.Pop();
                    indexes.Pop();
                    break;
                default:
                    if (indexes.Count > 0 && indexes.Peek() >= 0)
                    {
                        name = place.Peek() + "[" + indexes.Peek().ToString(CultureInfo.InvariantCulture) + "]";
                        indexes.Push(indexes.Pop() + 1);
                        if (string.Equals(name, path, StringComparison.OrdinalIgnoreCase))
                        {
                            return Describe(json, (int)reader.BytesConsumed);
                        }
                    }

                    if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
                    {
                        place.Push(name);
                        indexes.Push(reader.TokenType == JsonTokenType.StartArray ? 0 : -1);
                    }

                    break;
            }
        }

        return "";
    }

    private static string Join(string outer, string name) => outer.Length == 0 ? name : outer + "." + name;

    private static string Describe(ReadOnlySpan<byte> json, int end)
    {
        var before = json.Slice(0, end);
        var line = 1;
        foreach (var letter in before)
        {
            line += letter == NewLine ? 1 : 0;
        }

        return string.Format(CultureInfo.InvariantCulture, ", line {0}, position {1}", line, end - before.LastIndexOf(NewLine) - 1);
    }
}
