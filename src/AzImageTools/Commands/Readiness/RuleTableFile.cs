using System.Management.Automation.Language;
using AzImageTools.Pipeline;
using AzImageTools.Readiness.Rules;
using AzImageTools.Readiness.Tables;

namespace AzImageTools.Commands.Readiness;

/// <summary>Reads an organisation's table of rules: a PowerShell data file (.psd1) or JSON. Nothing in either is run.</summary>
internal static class RuleTableFile
{
    private const string DataFileExtension = ".psd1";

    /// <summary>The rules of all tables that -RulePath names.</summary>
    /// <param name="paths">The paths as the user gave them; nothing in them is a wildcard.</param>
    /// <param name="sink">Where to ask what a path means.</param>
    public static async Task<IReadOnlyList<ReadinessRule>> ReadAllAsync(IReadOnlyList<string> paths, IStreamSink sink)
    {
        List<ReadinessRule> rules = [];
        foreach (string path in paths)
        {
            rules.AddRange(Read(await sink.ResolvePathAsync(path).ConfigureAwait(false)));
        }

        return rules;
    }

    /// <summary>The rules of a table.</summary>
    /// <exception cref="ReadinessRuleException">It is no table of rules.</exception>
    public static IReadOnlyList<ReadinessRule> Read(string path)
        => string.Equals(Path.GetExtension(path), DataFileExtension, StringComparison.OrdinalIgnoreCase)
            ? RuleTable.Parse(path, ReadDataFile(path))
            : RuleTable.ReadJson(path);

    private static RuleTableNode ReadDataFile(string path)
    {
        using StreamReader reader = new(new MemoryStream(RuleTable.ReadBytes(path)), detectEncodingFromByteOrderMarks: true);
        ScriptBlockAst script = Parser.ParseInput(reader.ReadToEnd(), path, out _, out ParseError[] errors);
        if (errors.Length > 0)
        {
            throw Invalid(path, errors[0].Extent, errors[0].Message);
        }

        return script is { ParamBlock: null, BeginBlock: null, ProcessBlock: null, DynamicParamBlock: null, EndBlock.Statements: { Count: 1 } statements }
            && statements[0] is PipelineAst { PipelineElements: { Count: 1 } elements } && elements[0] is CommandExpressionAst { Expression: HashtableAst table }
            ? ToNode(path, table)
            : throw Invalid(path, script.Extent, "A table of rules is one hashtable, @{ Rules = @(…) }, and nothing else.");
    }

    private static RuleTableNode ToNode(string path, Ast ast)
    {
        int line = ast.Extent.StartLineNumber;
        switch (ast)
        {
            case HashtableAst table:
                Dictionary<string, RuleTableNode> properties = new(StringComparer.OrdinalIgnoreCase);
                foreach ((ExpressionAst key, StatementAst value) in table.KeyValuePairs)
                {
                    properties[key is StringConstantExpressionAst name ? name.Value : throw NotConstant(path, key)] = ToNode(path, value);
                }

                return new RuleTableNode(properties, line);
            case ArrayLiteralAst array:
                return new RuleTableNode(array.Elements.Select(element => ToNode(path, element)).ToList(), line);
            case ArrayExpressionAst { SubExpression: { Traps: null, Statements: var statements } }:
                return new RuleTableNode(statements.Select(statement => ToNode(path, statement)).SelectMany(Flatten).ToList(), line);
            case PipelineAst { PipelineElements: { Count: 1 } elements }:
                return ToNode(path, elements[0]);
            case CommandExpressionAst { Redirections.Count: 0, Expression: var expression }:
                return ToNode(path, expression);
            case VariableExpressionAst { VariablePath.UserPath: var name } when IsConstantName(name):
                return new RuleTableNode(ToConstant(name), line);
            case ConstantExpressionAst { Value: var value }:
                return new RuleTableNode(value is string or long or double or null ? value : Convert.ToInt64(value, System.Globalization.CultureInfo.InvariantCulture), line);
            default:
                throw NotConstant(path, ast);
        }
    }

    /// <summary>@(a, b) is a list of two, as PowerShell has it, not a list of a list.</summary>
    private static IEnumerable<RuleTableNode> Flatten(RuleTableNode node) => node.Value as IReadOnlyList<RuleTableNode> ?? [node];

    private static bool IsConstantName(string name) => name.ToUpperInvariant() is "TRUE" or "FALSE" or "NULL";

    private static object? ToConstant(string name) => name.ToUpperInvariant() switch { "TRUE" => true, "FALSE" => false, _ => null };

    private static ReadinessRuleException NotConstant(string path, Ast ast)
        => Invalid(path, ast.Extent, "A table of rules may hold only texts, numbers, $true, $false, $null, lists and hashtables.");

    private static ReadinessRuleException Invalid(string path, IScriptExtent place, string problem)
        => new(FormattableString.Invariant($"{path}, line {place.StartLineNumber}: {problem}")) { File = path, Line = place.StartLineNumber };
}
