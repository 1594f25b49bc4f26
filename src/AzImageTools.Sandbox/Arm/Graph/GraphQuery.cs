using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AzImageTools.Sandbox.Arm.Protocol;

namespace AzImageTools.Sandbox.Arm.Graph;

/// <summary>
/// A query of Resource Graph: a table, then <c>where</c> (comparisons of a column with texts, joined by <c>and</c>), <c>project</c>, <c>order by</c> and <c>take</c>.
/// What else the language has (https://learn.microsoft.com/azure/governance/resource-graph/concepts/query-language) is refused, never passed over.
/// </summary>
internal sealed class GraphQuery
{
    private static readonly Regex Token = new(
        @"\G\s*(?:(?<text>'(?:[^'\\]|\\.)*'|""(?:[^""\\]|\\.)*"")|(?<word>(?:in~|!in~)|[A-Za-z_$][A-Za-z0-9_.]*|[0-9]+)|(?<sign>=~|!~|==|!=|[|,()=]))",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        TimeSpan.FromSeconds(1));

    private readonly List<string> _tokens = [];
    private readonly List<Func<JsonObject, bool>> _conditions = [];
    private readonly List<(string Name, string Path)> _columns = [];
    private (string Path, bool IsDescending)? _order;
    private int? _take;
    private int _next;

    private GraphQuery(string text)
    {
        var position = 0;
        while (text.Substring(position).Trim().Length > 0)
        {
            var match = Token.Match(text, position);
            if (!match.Success)
            {
                throw Invalid("unexpected '" + text.Substring(position).Trim() + "'");
            }

            _tokens.Add(match.Value.Trim());
            position = match.Index + match.Length;
        }

        Table = Take().ToUpperInvariant();
        while (_next < _tokens.Count)
        {
            Require("|");
            ReadOperator();
        }
    }

    /// <summary>The table's name, in capitals.</summary>
    public string Table { get; }

    /// <summary>Whether rows tell their ids, without which there is no next page.</summary>
    public bool HasId => _columns.Count == 0 || _columns.Exists(column => JsonReading.Same(column.Name, "id"));

    public static GraphQuery Parse(string text) => new(text);

    /// <summary>The rows that the query finds, in its order.</summary>
    public IReadOnlyList<JsonObject> Run(IEnumerable<JsonObject> rows)
    {
        var found = rows.Where(row => _conditions.TrueForAll(condition => condition(row)));
        if (_order is { } order)
        {
            found = order.IsDescending
                ? found.OrderByDescending(row => TextAt(row, order.Path), StringComparer.OrdinalIgnoreCase)
                : found.OrderBy(row => TextAt(row, order.Path), StringComparer.OrdinalIgnoreCase);
        }

        return [.. (_take is { } most ? found.Take(most) : found).Select(Project)];
    }

    private static string? TextAt(JsonObject row, string path) => At(row, path) is JsonValue value ? value.ToString() : null;

    private static JsonNode? At(JsonObject row, string path)
    {
        JsonNode? node = row;
        foreach (var name in path.Split('.'))
        {
            node = node is JsonObject child ? child.FirstOrDefault(entry => JsonReading.Same(entry.Key, name)).Value : null;
        }

        return node;
    }

    private static string TextOf(string token)
        => token.Length > 1 && token[0] is '\'' or '"' ? Regex.Replace(token.Substring(1, token.Length - 2), @"\\(?<kept>.)", "${kept}", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1)) : throw Invalid("a text was expected, not '" + token + "'");

    private static ArmException Invalid(string what) => new(
        HttpStatusCode.BadRequest,
        "BadRequest",
        "Please provide below info when asking for support: timestamp, correlationId.")
    {
        Details = [new ArmException(HttpStatusCode.BadRequest, "InvalidQuery", "Query is invalid. Please refer to the documentation for the Azure Resource Graph service and fix the error before retrying."), new ArmException(HttpStatusCode.BadRequest, "ParserFailure", "ParserFailure: " + what)],
    };

    private JsonObject Project(JsonObject row)
        => _columns.Count == 0 ? row : new JsonObject(_columns.Select(column => new KeyValuePair<string, JsonNode?>(column.Name, At(row, column.Path)?.DeepClone())));

    private void ReadOperator()
    {
        switch (Take())
        {
            case "where":
                do
                {
                    _conditions.Add(ReadCondition());
                }
                while (Skip("and"));
                break;
            case "project":
                do
                {
                    var name = Take();
                    _columns.Add((name, Skip("=") ? Take() : name));
                }
                while (Skip(","));
                break;
            case "order":
                Require("by");
                var path = Take();

                // Kusto's own order is descending.
                _order = (path, !Skip("asc"));
                Skip("desc");
                break;
            case "take" or "limit" when int.TryParse(Take(), NumberStyles.None, CultureInfo.InvariantCulture, out var most):
                _take = most;
                break;
            default:
                throw Invalid("the operator '" + _tokens[_next - 1] + "' is not known");
        }
    }

    private Func<JsonObject, bool> ReadCondition()
    {
        var path = Take();
        var comparison = Take();
        if (comparison is "in~" or "in")
        {
            Require("(");
            List<string> texts = [TextOf(Take())];
            while (Skip(","))
            {
                texts.Add(TextOf(Take()));
            }

            Require(")");
            var rule = comparison is "in" ? StringComparer.Ordinal : StringComparer.OrdinalIgnoreCase;
            return row => TextAt(row, path) is { } value && texts.Contains(value, rule);
        }

        var text = TextOf(Take());
        return comparison switch
        {
            "==" => row => TextAt(row, path) == text,
            "!=" => row => TextAt(row, path) != text,
            "=~" => row => JsonReading.Same(TextAt(row, path), text),
            "!~" => row => !JsonReading.Same(TextAt(row, path), text),
            "contains" => row => TextAt(row, path)?.IndexOf(text, StringComparison.OrdinalIgnoreCase) >= 0,
            "startswith" => row => TextAt(row, path)?.StartsWith(text, StringComparison.OrdinalIgnoreCase) == true,
            _ => throw Invalid("the comparison '" + comparison + "' is not known"),
        };
    }

    private string Take() => _next < _tokens.Count ? _tokens[_next++] : throw Invalid("the query ends too early");

    private bool Skip(string token)
    {
        var isNext = _next < _tokens.Count && _tokens[_next] == token;
        _next += isNext ? 1 : 0;
        return isNext;
    }

    private void Require(string token)
    {
        if (!Skip(token))
        {
            throw Invalid("'" + token + "' was expected" + (_next < _tokens.Count ? " before '" + _tokens[_next] + "'" : " at the end"));
        }
    }
}
