using System.Management.Automation;
using Pester.Engine.Model;
using Pester.Engine.Running;

namespace Pester.Engine.Language;

/// <summary>Ends the running test as skipped.</summary>
[Cmdlet(VerbsCommon.Set, "ItResult")]
public sealed class SetItResultCommand : PSCmdlet
{
    /// <summary>The id by which the runner knows that the test was skipped; Pester's own.</summary>
    internal const string SkippedErrorId = "PesterTestSkipped";

    [Parameter(Mandatory = true)]
    public SwitchParameter Skipped { get; set; }

    [Parameter]
    public string Because { get; set; } = string.Empty;

    protected override void ProcessRecord()
    {
        if (EngineState.Of(this).RunningTest is null)
        {
            throw new PesterSyntaxException("Set-ItResult stands outside of a test.");
        }

        ThrowTerminatingError(new ErrorRecord(new PesterSkipException(Because), SkippedErrorId, ErrorCategory.OperationStopped, targetObject: null));
    }
}
