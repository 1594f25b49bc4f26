namespace AzImageTools.Sandbox.Configuration;

/// <summary>The folder of <see cref="SandboxOptions.StateFolder"/> can't be used.</summary>
public sealed class SandboxStateException : IOException
{
    internal SandboxStateException(SandboxStateProblem problem, string path, string reason, string remedy, Exception? cause = null)
        : base(reason + " " + remedy, cause)
    {
        Problem = problem;
        Path = path;
        Reason = reason;
        Remedy = remedy;
    }

    /// <summary>What is wrong.</summary>
    public SandboxStateProblem Problem { get; }

    /// <summary>The message's first part: what is wrong.</summary>
    public string Reason { get; }

    /// <summary>The message's second part: what to do.</summary>
    public string Remedy { get; }

    /// <summary>The file or folder concerned.</summary>
    public string Path { get; }
}

/// <summary>What can be wrong with the folder of a sandbox's state.</summary>
public enum SandboxStateProblem
{
    /// <summary>Another sandbox, of this process or another, works in it.</summary>
    InUse,

    /// <summary>What it holds can't be read: damaged, of a later version, or no state of a sandbox.</summary>
    Unreadable,

    /// <summary>It can't be made, or not be written to.</summary>
    NotWritable,
}
