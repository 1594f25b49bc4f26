namespace AzImageTools.Sandbox.Faults;

/// <summary>A fault that the sandbox is to have: some requests are let through, then it happens a number of times.</summary>
public sealed record SandboxFault
{
    /// <summary>What goes wrong.</summary>
    public required SandboxFaultKind Kind { get; init; }

    /// <summary>Only requests with this method; null for all.</summary>
    public string? Method { get; init; }

    /// <summary>Only requests whose <see cref="SandboxRequest.Operation"/> this is, such as <c>page</c> for Put Page; null for all.</summary>
    public string? Operation { get; init; }

    /// <summary>Only requests whose path holds this; null for all.</summary>
    public string? PathPart { get; init; }

    /// <summary>How many such requests are let through first.</summary>
    public int After { get; init; }

    /// <summary>How often it happens.</summary>
    public int Times { get; init; } = 1;

    /// <summary>The status of the answer, for <see cref="SandboxFaultKind.Status"/>.</summary>
    public int Status { get; init; } = 503;

    /// <summary>The answer's error code; null for none.</summary>
    public string? ErrorCode { get; init; }

    /// <summary>What <c>Retry-After</c> asks for, in whole seconds; null for no such header.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>How much longer it takes, for <see cref="SandboxFaultKind.Delay"/>.</summary>
    public TimeSpan Delay { get; init; }
}

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
