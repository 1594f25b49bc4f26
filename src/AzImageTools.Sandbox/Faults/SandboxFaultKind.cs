namespace AzImageTools.Sandbox.Faults;

/// <summary>What goes wrong with a request.</summary>
public enum SandboxFaultKind
{
    /// <summary>It is answered with a status in place of being done.</summary>
    Status,

    /// <summary>The connection breaks before anything is done.</summary>
    Reset,

    /// <summary>It is done, and the connection breaks before the answer comes.</summary>
    LoseAnswer,

    /// <summary>No answer comes, ever.</summary>
    Stall,

    /// <summary>A bit of its body changes on the way.</summary>
    CorruptBody,

    /// <summary>It takes longer.</summary>
    Delay,
}
