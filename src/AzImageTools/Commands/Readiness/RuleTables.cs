using AzImageTools.Pipeline;
using AzImageTools.Readiness.Rules;

namespace AzImageTools.Commands.Readiness;

/// <summary>Reads the tables of rules that -RulePath names.</summary>
internal static class RuleTables
{
    /// <summary>The rules of all tables.</summary>
    /// <param name="paths">The paths as the user gave them; nothing in them is a wildcard.</param>
    /// <param name="sink">Where to ask what a path means.</param>
    public static async Task<IReadOnlyList<ReadinessRule>> ReadAsync(IReadOnlyList<string> paths, IStreamSink sink)
    {
        List<ReadinessRule> rules = [];
        foreach (string path in paths)
        {
            string file = await sink.InvokeAsync(cmdlet => cmdlet.SessionState.Path.GetUnresolvedProviderPathFromPSPath(path)).ConfigureAwait(false);
            rules.AddRange(RuleTableFile.Read(file));
        }

        return rules;
    }
}
