using System.Management.Automation;
using AzImageTools.Binding;
using AzImageTools.Disks;
using AzImageTools.Pipeline;
using AzImageTools.Readiness;
using AzImageTools.Readiness.Repair;
using AzImageTools.Readiness.Reports;
using AzImageTools.Services;

namespace AzImageTools.Commands.Readiness;

/// <summary>
/// Writes readiness reports to one file: a page for people (HTML, which needs no network and runs no script), JSON for programs, CSV for
/// spreadsheets, or a JUnit test result for pipelines. Several reports become one page, with an overview first.
/// </summary>
[Cmdlet(VerbsData.Export, "AzImageReadinessReport", SupportsShouldProcess = true, HelpUri = HelpPages.Root + "Export-AzImageReadinessReport.md")]
[OutputType(typeof(FileInfo))]
public sealed class ExportAzImageReadinessReportCommand : AsyncCmdlet
{
    private readonly List<ReadinessReport> _reports = [];

    /// <summary>The file to write.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.ReportPath, Position = 0)]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = string.Empty;

    /// <summary>The reports, as Test-SysprepReadiness emits them.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.InputObject, ValueFromPipeline = true)]
    [ValidateNotNull]
    public ReadinessReport[] InputObject { get; set; } = [];

    /// <summary>What to write: Html, Json, Csv or JUnit. Without it the file's name tells: .json, .csv, .xml (JUnit), else Html.</summary>
    [Parameter]
    public ReadinessReportFormat? Format { get; set; }

    /// <summary>What Repair-AzVhd emitted for the disks: the page shows each rule with what was before and after. The other formats leave it out.</summary>
    [Parameter]
    [ValidateNotNull]
    public RepairResult[] Repair { get; set; } = [];

    /// <summary>Replaces a file that is there without asking.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Collects the reports.</summary>
    protected override void ProcessRecord() => _reports.AddRange(InputObject);

    /// <summary>Writes the file, when all reports are there.</summary>
    protected override void EndProcessing() => Run(ProcessAsync);

    private protected override async Task ProcessAsync(IStreamSink sink, OperationContext context)
    {
        string path = await sink.ResolvePathAsync(Path).ConfigureAwait(false);
        if (Directory.Exists(path) || !Directory.Exists(System.IO.Path.GetDirectoryName(path)))
        {
            bool isFolder = Directory.Exists(path);
            throw new DiskException(
                isFolder ? "DestinationIsFolder" : "DestinationFolderNotFound",
                isFolder ? ErrorKind.InvalidArgument : ErrorKind.NotFound,
                isFolder ? $"{path} is a folder." : $"There is no folder {System.IO.Path.GetDirectoryName(path)}.",
                "Give the path of a file in a folder that exists.",
                path);
        }

        bool exists = File.Exists(path);
        if (exists && !Force && !await sink.MayReplaceAsync(DestinationExists(path), several: false).ConfigureAwait(false))
        {
            return;
        }

        ReadinessReportFormat format = Format ?? ReadinessReportFile.FormatOf(path);
        string description = $"Write {_reports.Count} readiness report{(_reports.Count == 1 ? string.Empty : "s")} to {path} ({format})";
        if (await sink.ShouldProcessAsync(description).ConfigureAwait(false))
        {
            ReadinessReportFile.Write(path, _reports, format, Force || exists, Repair);

            // As Get-Item emits it: with what the views of files show.
            await sink.WriteObjectAsync(
                await sink.InvokeAsync(cmdlet => cmdlet.InvokeProvider.Item.Get([path], force: true, literalPath: true).Single()).ConfigureAwait(false)).ConfigureAwait(false);
        }
    }

    private static DiskException DestinationExists(string path) => new(
        "DestinationExists", ErrorKind.AlreadyExists, $"{path} exists already.", "Give another path, or -Force to replace it without being asked.", path);
}
