using AzImageTools.Readiness.Guests;

namespace AzImageTools.Readiness.Rules;

/// <summary>Whether the guest's identity was removed, so that many machines can be made from it.</summary>
public enum GeneralizationState : long
{
    /// <summary>The evidence is missing.</summary>
    Undetermined,

    /// <summary>It is an ordinary installation.</summary>
    NotGeneralized,

    /// <summary>Some marks of a generalized image are there and others are not: Sysprep was interrupted, or led into audit mode; a step of deprovisioning a Linux was left out.</summary>
    PartlyGeneralized,

    /// <summary>Everything that Sysprep leaves behind is there, and the first-run setup comes next; nothing is left of the machine that a Linux was installed on.</summary>
    Generalized,
}

/// <summary>Whether a guest is generalized, and what says so.</summary>
/// <param name="State">The answer.</param>
/// <param name="Evidence">What was seen.</param>
internal sealed record Generalization(GeneralizationState State, IReadOnlyList<Observation> Evidence);
