using AzImageTools.Readiness.Guests;

namespace AzImageTools.Readiness;

/// <summary>What a rule may look at.</summary>
/// <param name="Guest">The machine.</param>
/// <param name="Options">What it is judged for.</param>
/// <param name="Generalization">Whether it is generalized.</param>
internal sealed record RuleContext(Guest Guest, ReadinessOptions Options, GeneralizationState Generalization);
