using Azure.ResourceManager.Compute.Models;

namespace AzImageTools.Services.Provision;

/// <summary>What the action runCommand tells of a script: of Windows a status each for output and errors, of Linux one text with both.</summary>
/// <param name="Text">What it wrote.</param>
/// <param name="Succeeded">Whether it succeeded.</param>
internal sealed record SmokeTestOutput(string Text, bool Succeeded)
{
    private const string OutputMark = "[stdout]";
    private const string ErrorMark = "[stderr]";

    /// <summary>Reads it. Of Windows the action tells no exit code: errors written are what tells that it failed.</summary>
    public static SmokeTestOutput Of(VirtualMachineRunCommandResult result)
    {
        string output = string.Empty;
        string errors = string.Empty;
        bool isFailed = false;
        foreach (InstanceViewStatus status in result.Value)
        {
            string message = status.Message ?? string.Empty;
            isFailed |= status.Code?.IndexOf("/failed", StringComparison.OrdinalIgnoreCase) >= 0 || message.StartsWith("Enable failed", StringComparison.OrdinalIgnoreCase);
            int error = message.IndexOf(ErrorMark, StringComparison.Ordinal);
            if (status.Code?.IndexOf("StdErr", StringComparison.OrdinalIgnoreCase) >= 0)
            {
                errors += message;
                isFailed |= message.Trim().Length > 0;
            }
            else if (error >= 0)
            {
                int start = message.IndexOf(OutputMark, StringComparison.Ordinal);
                output += message.Substring(start < 0 ? 0 : Math.Min(start + OutputMark.Length, error), error - (start < 0 ? 0 : Math.Min(start + OutputMark.Length, error)));
                errors += message.Substring(error + ErrorMark.Length);
            }
            else
            {
                output += message;
            }
        }

        string text = string.Join("\n", new[] { output.Trim(), errors.Trim() }.Where(part => part.Length > 0));
        return new SmokeTestOutput(text, !isFailed);
    }
}
