using System.Text.Json;
using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Rules;

namespace AzImageTools.Readiness.Tables;

/// <summary>Reads a table of rules in JSON, and keeps the line of each value.</summary>
internal static class JsonTable
{
    private const int MaxDepth = 8;

    public static RuleTableNode Parse(string file, byte[] bytes)
    {
        byte[] preamble = [0xEF, 0xBB, 0xBF];
        ReadOnlySpan<byte> json = bytes.AsSpan().StartsWith(preamble) ? bytes.AsSpan(preamble.Length) : bytes;
        Utf8JsonReader reader = new(json, new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, MaxDepth = MaxDepth });
        List<long> lineEnds = FindLineEnds(json);
        try
        {
            reader.Read();
            RuleTableNode root = ReadValue(file, lineEnds, ref reader);
            reader.Read();
            return root;
        }
        catch (JsonException invalid)
        {
            throw new ReadinessRuleException(FormattableString.Invariant($"{file}, line {invalid.LineNumber + 1}: this is not JSON: {invalid.Message}"), invalid)
            {
                File = file,
                Line = (int?)invalid.LineNumber + 1,
            };
        }
    }

    private static RuleTableNode ReadValue(string file, List<long> lineEnds, ref Utf8JsonReader reader)
    {
        int line = LineAt(lineEnds, reader.TokenStartIndex);
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                Dictionary<string, RuleTableNode> properties = new(StringComparer.OrdinalIgnoreCase);
                while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
                {
                    string name = reader.GetString() ?? string.Empty;
                    int nameLine = LineAt(lineEnds, reader.TokenStartIndex);
                    reader.Read();
                    RuleTableNode value = ReadValue(file, lineEnds, ref reader);
                    if (properties.ContainsKey(name))
                    {
                        throw ReadinessRuleException.InTable(file, nameLine, $"'{GuestText.Clean(name)}' is there twice.");
                    }

                    properties[name] = value;
                }

                return new RuleTableNode(properties, line);
            case JsonTokenType.StartArray:
                List<RuleTableNode> items = [];
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    items.Add(ReadValue(file, lineEnds, ref reader));
                }

                return new RuleTableNode(items, line);
            case JsonTokenType.String:
                return new RuleTableNode(reader.GetString(), line);
            case JsonTokenType.Number:
                return new RuleTableNode(reader.TryGetInt64(out long number) ? (object)number : reader.GetDouble(), line);
            case JsonTokenType.True or JsonTokenType.False:
                return new RuleTableNode(reader.TokenType == JsonTokenType.True, line);
            default:
                return new RuleTableNode(null, line);
        }
    }

    private static List<long> FindLineEnds(ReadOnlySpan<byte> json)
    {
        List<long> ends = [];
        for (int index = 0; index < json.Length; index++)
        {
            if (json[index] == '\n')
            {
                ends.Add(index);
            }
        }

        return ends;
    }

    private static int LineAt(List<long> lineEnds, long position) => ~lineEnds.BinarySearch(position) + 1;
}
