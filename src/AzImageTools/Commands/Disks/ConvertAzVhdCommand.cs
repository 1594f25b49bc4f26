using System.Management.Automation;
using AzImageTools.Binding;
using AzImageTools.Disks;
using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Conversion;
using AzImageTools.Pipeline;
using AzImageTools.Services.Remote;

namespace AzImageTools.Commands.Disks;

/// <summary>
/// Converts disk images to the fixed VHD that Azure takes. Needed only where a file is wanted: Send-AzVhd converts while it
/// uploads. The VHD gets its name when it is whole, and takes the room of its data where the file system has holes.
/// </summary>
[Cmdlet(VerbsData.Convert, "AzVhd", SupportsShouldProcess = true, DefaultParameterSetName = PathSet, HelpUri = HelpPages.Root + "Convert-AzVhd.md")]
[OutputType(typeof(VhdConversion))]
[OutputType(typeof(Job))]
public sealed class ConvertAzVhdCommand : DiskPathCmdlet
{
    /// <summary>The VHD to make; or an existing folder, for VHDs with the names of the disk images.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.DestinationFile, Position = 1, ValueFromPipelineByPropertyName = true)]
    [Cell]
    public string Destination { get; set; } = string.Empty;

    /// <summary>Replaces a file that is there without asking; it stays until the new one is whole.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>What to read the file as, whatever its extension; with Raw its content is never looked at.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Cell(typeof(DiskFormat))]
    public DiskFormat? Format { get; set; }

    /// <summary>
    /// Leaves out what the guest's file systems have as free: it reads as zeros in the VHD, which is then not identical to the
    /// disk. Volumes that are dirty, hibernated, encrypted, with shadow copies or not known are left whole, with a warning.
    /// </summary>
    [Parameter]
    public SwitchParameter SkipFreeSpace { get; set; }

    /// <summary>Converts the disk image with the changes that are kept beside it, in NAME.azrepair (see Set-AzVhdRegistryValue).</summary>
    [Parameter]
    public SwitchParameter UseRepair { get; set; }

    /// <summary>How many are converted side by side at most; one by default.</summary>
    [Parameter]
    [ValidateRange(1, Fleet.LargestThrottleLimit)]
    public int ThrottleLimit { get; set; } = 1;

    /// <summary>Runs in the background and returns a job.</summary>
    [Parameter]
    public SwitchParameter AsJob { get; set; }

    private protected override bool? UsesRepair => UseRepair;

    private protected override bool RunsAsJob => AsJob;

    /// <summary>A job is one disk's.</summary>
    private protected override bool RunsTogether => !AsJob;

    private protected override void RunTogether(IReadOnlyList<PreparedDisk> disks) => Run((sink, context) => RunSideBySideAsync(disks, ThrottleLimit, sink, context));

    private protected override PreparedDisk Prepare(string path)
    {
        FixedVhdMaker maker = new(GetUnresolvedProviderPathFromPSPath(Destination), new VhdConversionOptions { Force = Force, SkipFreeSpace = SkipFreeSpace });
        VirtualDiskOptions options = DiskOptions with { Format = Format };
        return new PreparedDisk(path, maker.TargetOf(path), async (sink, context) =>
        {
            if (await maker.RunAsync(path, options, sink, context).ConfigureAwait(false) is { } conversion)
            {
                await sink.WriteObjectAsync(conversion).ConfigureAwait(false);
            }
        });
    }
}
