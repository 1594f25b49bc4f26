namespace AzImageTools.Sandbox.Arm;

/// <summary>A script that runs in a guest.</summary>
/// <param name="Duration">How long it takes in the sandbox's time.</param>
/// <param name="End">Called when that time is over; what it did takes effect then.</param>
/// <param name="Cancel">Called instead when it is ended before.</param>
internal sealed record ScriptExecution(TimeSpan Duration, Func<ScriptOutcome> End, Action Cancel);

/// <summary>What a script ended with.</summary>
/// <param name="State">As <c>executionState</c> tells it.</param>
/// <param name="ExitCode">The script's.</param>
/// <param name="Output">What it wrote.</param>
/// <param name="Error">What it wrote to the error stream.</param>
internal sealed record ScriptOutcome(string State, int ExitCode, string Output, string Error)
{
    public static ScriptOutcome Succeeded(string output = "") => new("Succeeded", 0, output, "");

    public static ScriptOutcome Failed(string error) => new("Failed", 1, "", error);
}
