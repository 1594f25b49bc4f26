namespace AzImageTools.Readiness.Tables;

/// <summary>A value of a table of rules, and where it stands: the same for every notation that a table may have.</summary>
/// <param name="Value">
/// A string, a long, a double, a bool, null, an <see cref="IReadOnlyList{T}"/> of nodes, or an
/// <see cref="IReadOnlyDictionary{TKey, TValue}"/> of strings to nodes.
/// </param>
/// <param name="Line">The line that it begins on, from 1.</param>
public sealed record RuleTableNode(object? Value, int Line);
