namespace AzImageTools.Readiness.Guests;

/// <summary>Why a text is no evidence that can be judged.</summary>
public enum EvidenceProblem
{
    /// <summary>No collector's output is in it.</summary>
    EvidenceNotFound,

    /// <summary>A collector of a later version of this module made it.</summary>
    EvidenceVersionUnknown,

    /// <summary>The outputs of two collections are in it.</summary>
    EvidenceMixed,

    /// <summary>A part of the collector's output is missing.</summary>
    EvidenceIncomplete,

    /// <summary>It is not what the collector printed: its length, its hash or what is in it is wrong.</summary>
    EvidenceDamaged,

    /// <summary>It is larger than any collector makes it.</summary>
    EvidenceTooLarge,
}
