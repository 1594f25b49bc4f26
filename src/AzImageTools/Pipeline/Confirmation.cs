using System.Management.Automation;
using System.Management.Automation.Host;
using AzImageTools.Disks;
using AzImageTools.Services;

namespace AzImageTools.Pipeline;

/// <summary>Asks whether a change may be made, as -WhatIf, -Confirm and -Force tell.</summary>
internal static class Confirmation
{
    /// <summary>Whether to go ahead.</summary>
    /// <param name="sink">The running cmdlet's pipeline.</param>
    /// <param name="description">What would be done; may have several lines.</param>
    /// <exception cref="ImageServiceException">It has to be confirmed, and there is nobody to ask (ConfirmationUnavailable).</exception>
    public static async Task<bool> AskAsync(PipelineSink sink, string description)
    {
        // Thrown on the pipeline's thread it would end the pipeline: it is an error about one input.
        (bool answer, ImageServiceException? unavailable) = await sink.InvokeAsync(cmdlet => Ask(cmdlet, description)).ConfigureAwait(false);
        return unavailable is null ? answer : throw unavailable;
    }

    /// <summary>Whether it tells that this host can't ask: it is not interactive, or has nobody before it.</summary>
    public static bool IsUnavailable(Exception exception) => exception is HostException or PSInvalidOperationException;

    private static (bool Answer, ImageServiceException? Unavailable) Ask(PSCmdlet cmdlet, string description)
    {
        if (GoesAhead(cmdlet))
        {
            cmdlet.WriteVerbose(description);
            return (true, null);
        }

        try
        {
            return (cmdlet.ShouldProcess(description, description, "Confirm"), null);
        }
        catch (Exception exception) when (IsUnavailable(exception))
        {
            return (false, new ImageServiceException(
                "ConfirmationUnavailable",
                ErrorKind.InvalidState,
                "The change has to be confirmed, and nobody can be asked here.",
                "Look at it with -WhatIf; then use -Force, or -Confirm:$false.",
                cmdlet.MyInvocation.MyCommand.Name,
                exception));
        }
    }

    /// <summary>Whether there is no question: with -Force, and for what is less grave than the cmdlet can be. -Confirm asks all the same, -WhatIf never goes ahead.</summary>
    private static bool GoesAhead(PSCmdlet cmdlet)
    {
        Dictionary<string, object> given = cmdlet.MyInvocation.BoundParameters;
        bool isTrial = given.TryGetValue("WhatIf", out object? whatIf) ? IsTrue(whatIf) : cmdlet.GetVariableValue("WhatIfPreference") is true or SwitchParameter { IsPresent: true };
        if (isTrial || given.ContainsKey("Confirm"))
        {
            return false;
        }

        return (given.TryGetValue("Force", out object? force) && IsTrue(force))
            || (cmdlet is AsyncCmdlet { Impact: < ConfirmImpact.High } && cmdlet.GetVariableValue("ConfirmPreference") is ConfirmImpact.High);
    }

    private static bool IsTrue(object? value) => value is true or SwitchParameter { IsPresent: true };
}
