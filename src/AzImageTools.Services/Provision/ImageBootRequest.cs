namespace AzImageTools.Services.Provision;

/// <summary>What to boot for a test, and how.</summary>
public sealed record ImageBootRequest
{
    /// <summary>The longest wait for the machine's agent where nothing is said.</summary>
    public static readonly TimeSpan UsualTimeout = TimeSpan.FromMinutes(30);

    /// <summary>As <see cref="MachineRequest.Source"/>. Of a disk a copy is booted.</summary>
    public required string Source { get; init; }

    /// <summary>The region; the source's when null. Needed for what is everywhere.</summary>
    public string? Location { get; init; }

    /// <summary>The machine's size; one of the usual ones that fits when null.</summary>
    public string? Size { get; init; }

    /// <summary><c>Standard</c>, <c>TrustedLaunch</c> or <c>ConfidentialVM</c>; the best that source and size allow when null.</summary>
    public string? SecurityType { get; init; }

    /// <summary>How long to wait until the machine is made and its agent reports.</summary>
    public TimeSpan Timeout { get; init; } = UsualTimeout;

    /// <summary>A script to run as a smoke test (PowerShell on Windows, sh on Linux); null for none.</summary>
    public string? Script { get; init; }

    /// <summary>Whether the machine may reach the internet, as the output of a script needs.</summary>
    public bool AllowOutboundAccess { get; init; }

    /// <summary>The folder for what the machine showed; null to save nothing.</summary>
    public string? OutputPath { get; init; }

    /// <summary>Whether to accept the terms of the Marketplace plan for the subscription, where they are not.</summary>
    public bool AcceptTerms { get; init; }

    /// <summary>Tags for everything that is made.</summary>
    public IReadOnlyDictionary<string, string>? Tag { get; init; }
}
