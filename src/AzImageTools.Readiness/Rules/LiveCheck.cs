

using AzImageTools.Readiness.Guests;

namespace AzImageTools.Readiness.Rules;

/// <summary>Makes checks of what only a running machine can tell.</summary>
internal static class LiveCheck
{
    /// <summary>A fact is as the function says; one that was not gathered is missing evidence.</summary>
    public static RuleCheck Fact<T>(FindingSeverity severity, string what, Func<LiveFacts, T?> fact, Func<T, bool> accepts)
        where T : struct
        => new(severity, context => Require(context.Guest, what, fact) is var value && accepts(value)
            ? RuleOutcome.Pass(new Observation(what, $"{value}"))
            : RuleOutcome.Fail(new Observation(what, $"{value}")));

    /// <summary>The list of what is wrong is empty; one that was not gathered is missing evidence.</summary>
    public static RuleCheck None(FindingSeverity severity, string what, Func<LiveFacts, IReadOnlyList<string>?> fact) => new(severity, context =>
    {
        const int maxShown = 20;
        IReadOnlyList<string> wrong = context.Guest.Live is { } live && fact(live) is { } list
            ? list
            : throw new EvidenceUnavailableException($"{what} was not gathered.");
        return wrong.Count == 0 ? RuleOutcome.Pass(new Observation(what, "none")) : RuleOutcome.Fail([.. wrong.Take(maxShown).Select(problem => new Observation(what, problem))]);
    });

    /// <summary>A fact that a rule can't do without.</summary>
    /// <exception cref="EvidenceUnavailableException">It was not gathered.</exception>
    public static T Require<T>(Guest guest, string what, Func<LiveFacts, T?> fact)
        where T : struct
        => guest.Live is { } live && fact(live) is { } value
            ? value
            : throw new EvidenceUnavailableException($"{what} was not gathered.");
}
