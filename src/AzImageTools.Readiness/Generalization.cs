namespace AzImageTools.Readiness;

/// <summary>Whether a guest is generalized, and what says so.</summary>
/// <param name="State">The answer.</param>
/// <param name="Evidence">What was seen.</param>
internal sealed record Generalization(GeneralizationState State, IReadOnlyList<Evidence> Evidence);
