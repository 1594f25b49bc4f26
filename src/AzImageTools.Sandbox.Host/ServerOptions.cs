namespace AzImageTools.Sandbox.Host;

/// <summary>How a <see cref="SandboxServer"/> listens.</summary>
public sealed record ServerOptions
{
    /// <summary>The proxy's port on the loopback address; 0 for any that is free.</summary>
    public int Port { get; init; }

    /// <summary>A file that gets a line for each request; null for none.</summary>
    public string? LogFile { get; init; }
}
