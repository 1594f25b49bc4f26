namespace AzImageTools.Shell.CommandLine;

/// <summary>The shell's command line, understood.</summary>
internal sealed record ShellOptions(ShellMode Mode)
{
    /// <summary>What -Command gave, or the call of the script of -File; empty in other modes.</summary>
    public string CommandText { get; init; } = string.Empty;

    /// <summary>True when prompts must fail rather than wait for an answer.</summary>
    public bool NonInteractive { get; init; }

    /// <summary>True when the prompt starts without a greeting.</summary>
    public bool NoLogo { get; init; }
}
