using System.Management.Automation;
using AzImageTools.Disks.Inspection;
using AzImageTools.Readiness;
using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Guests.Live;
using AzImageTools.Readiness.Rules;

namespace AzImageTools.Commands.Readiness;

/// <summary>
/// Tells whether a Windows is ready for Sysprep and for Azure, and whether it is generalized already. It looks at a disk image
/// without mounting or booting it, at the Windows that runs here, or at evidence that was gathered on one that runs elsewhere;
/// nothing is run or changed. Disks in Azure, those of virtual machines that run among them, are judged where they lie, many side by side.
/// </summary>
[Cmdlet(VerbsDiagnostic.Test, "SysprepReadiness", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low, DefaultParameterSetName = MachineSet, HelpUri = HelpPages.Root + "Test-SysprepReadiness.md")]
[OutputType(typeof(ReadinessReport))]
[OutputType(typeof(bool))]
public sealed class TestSysprepReadinessCommand() : ReadinessCmdlet(GuestFamily.Windows, ReadinessPurpose.Sysprep | ReadinessPurpose.AzureUpload)
{
    private protected override Guest OpenMachine() => LiveWindowsGuest.Open();
}
