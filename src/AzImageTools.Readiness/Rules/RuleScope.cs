namespace AzImageTools.Readiness.Rules;

/// <summary>Which guests a rule concerns.</summary>
public enum RuleScope
{
    /// <summary>Every disk image, whatever is installed on it.</summary>
    Disk,

    /// <summary>Windows, client and server.</summary>
    Windows,

    /// <summary>Windows Server.</summary>
    WindowsServer,

    /// <summary>Linux, of any distribution.</summary>
    Linux,
}
