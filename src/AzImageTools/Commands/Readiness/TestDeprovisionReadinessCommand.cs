using System.Management.Automation;
using AzImageTools.Disks.Inspection;
using AzImageTools.Readiness;
using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Guests.Live;
using AzImageTools.Readiness.Rules;

namespace AzImageTools.Commands.Readiness;

/// <summary>
/// Tells whether a Linux is ready to become an Azure image, and whether it is generalized: nothing of the machine that it was
/// installed on is left. It looks at a disk image without mounting or booting it, at this machine, at a folder that is the root
/// of a Linux, or at evidence that was gathered on a machine that runs elsewhere; nothing is run or changed. Disks in Azure,
/// those of virtual machines that run among them, are judged where they lie, many side by side.
/// </summary>
[Cmdlet(VerbsDiagnostic.Test, "DeprovisionReadiness", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low, DefaultParameterSetName = MachineSet, HelpUri = HelpPages.Root + "Test-DeprovisionReadiness.md")]
[OutputType(typeof(ReadinessReport))]
[OutputType(typeof(bool))]
public sealed class TestDeprovisionReadinessCommand() : ReadinessCmdlet(GuestFamily.Linux, ReadinessPurpose.Deprovision | ReadinessPurpose.AzureUpload)
{
    private string _root = "/";

    /// <summary>The root of the Linux to judge where it is not this machine's: a chroot, a disk that is mounted.</summary>
    [Parameter(ParameterSetName = MachineSet)]
    [ValidateNotNullOrEmpty]
    public string? RootPath { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        if (RootPath is not null)
        {
            _root = GetUnresolvedProviderPathFromPSPath(RootPath);
        }
    }

    private protected override Guest OpenMachine() => LiveLinuxGuest.Open(_root);
}
