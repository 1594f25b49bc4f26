using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Linux;

namespace AzImageTools.Readiness;

/// <summary>What a rule may look at.</summary>
/// <param name="Guest">The machine.</param>
/// <param name="Options">What it is judged for.</param>
/// <param name="Generalization">Whether it is generalized.</param>
internal sealed record RuleContext(Guest Guest, ReadinessOptions Options, GeneralizationState Generalization)
{
    /// <summary>What several rules of Linux ask.</summary>
    public LinuxSystem Linux { get; } = new(Guest);
}
