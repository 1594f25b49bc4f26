namespace AzImageTools.Readiness;

/// <summary>What came of a rule.</summary>
public enum FindingResult
{
    /// <summary>The evidence was seen, and is as it should be.</summary>
    Pass,

    /// <summary>The evidence was seen, and is not as it should be.</summary>
    Fail,

    /// <summary>The rule does not concern this guest, or can't be answered for one that is not running.</summary>
    NotApplicable,

    /// <summary>The evidence could not be seen: a file or hive is missing, encrypted or damaged.</summary>
    Undetermined,
}
