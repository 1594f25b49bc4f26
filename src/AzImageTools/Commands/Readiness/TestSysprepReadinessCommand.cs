using System.Management.Automation;
using AzImageTools.Pipeline;
using AzImageTools.Readiness;
using AzImageTools.Readiness.Guests;
using AzImageTools.Services;

namespace AzImageTools.Commands.Readiness;

/// <summary>
/// Tells whether a Windows is ready for Sysprep and for Azure, and whether it is generalized already. It looks at a disk image
/// without mounting or booting it, or at the Windows that runs here; nothing is run or changed.
/// </summary>
[Cmdlet(VerbsDiagnostic.Test, "SysprepReadiness", DefaultParameterSetName = MachineSet)]
[OutputType(typeof(ReadinessReport))]
[OutputType(typeof(bool))]
public sealed class TestSysprepReadinessCommand() : ReadinessCmdlet(ReadinessPurpose.Sysprep | ReadinessPurpose.AzureUpload)
{
    private const string MachineSet = "Machine";

    private protected override Task ProcessAsync(IStreamSink sink, OperationContext context)
        => JudgeAsync(OpenMachine(LiveWindowsGuest.Open, "NotWindows"), sink, context);
}
