using System.Management.Automation;
using AzImageTools.Readiness;

namespace AzImageTools.Commands.Readiness;

/// <summary>
/// Tells whether the Windows on a disk image is ready for Sysprep and for Azure, and whether it is generalized already,
/// without mounting or booting it.
/// </summary>
[Cmdlet(VerbsDiagnostic.Test, "SysprepReadiness", DefaultParameterSetName = PathSet)]
[OutputType(typeof(ReadinessReport))]
[OutputType(typeof(bool))]
public sealed class TestSysprepReadinessCommand() : ReadinessCmdlet(ReadinessPurpose.Sysprep | ReadinessPurpose.AzureUpload);
