namespace AzImageTools.Shell.Running;

/// <summary>What the process tells the one who started it. The numbers are pwsh's.</summary>
internal static class ExitCodes
{
    public const int Success = 0;

    /// <summary>An error ended the script, or the last command failed.</summary>
    public const int Failure = 1;

    /// <summary>Arguments that the shell does not understand (EX_USAGE of sysexits.h).</summary>
    public const int Usage = 64;

    /// <summary>The module cannot be imported (EX_SOFTWARE of sysexits.h).</summary>
    public const int InitializationFailed = 70;

    /// <summary>Stopped by Ctrl+C: 128 and SIGINT.</summary>
    public const int Interrupted = 130;

    /// <summary>Asked to terminate: 128 and SIGTERM.</summary>
    public const int Terminated = 143;
}
