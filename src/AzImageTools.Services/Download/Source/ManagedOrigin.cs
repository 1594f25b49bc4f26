using AzImageTools.Disks;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Remote;
using AzImageTools.Services.Session;
using AzImageTools.Services.Upload.Source;
using AzImageTools.Services.Upload.Target;
using Azure.ResourceManager.Compute.Models;

namespace AzImageTools.Services.Download.Source;

/// <summary>
/// A managed disk or snapshot, which is read by access that is given for the time being. What belongs to a machine, or is being read by
/// somebody, is read through a temporary snapshot; that is another one each time, so that nothing can be gone on with.
/// </summary>
internal sealed class ManagedOrigin : DownloadOrigin
{
    private readonly DiskReadSteps _steps;

    private ManagedOrigin(DiskReadSteps steps)
    {
        _steps = steps;
    }

    public override string Id => _steps.Disk.Id.ToString();

    public override string Name => _steps.Disk.Id.Name;

    public override string Description => _steps.Description;

    public override long Capacity => _steps.Disk.Capacity ?? 0;

    public override bool AsksForSignIn => _steps.Disk.AuthMode == DataAccessAuthMode.AzureActiveDirectory;

    public override SourceIdentity Identity
        => new(Id, DiskFormat.Vhd, Capacity, [new SourceFile(IsReadItself ? _steps.Disk.UniqueId ?? Id : _steps.ReadId.ToString(), Capacity, _steps.Disk.ContentSince ?? default)]);

    public override IReadOnlyList<Step> Before => _steps.Steps;

    public override IReadOnlyList<Step> After =>
    [
        .. _steps.Steps.Reverse().Select(step => new Step(run => step.Undo!(run))
        {
            Title = step.Effect == StepEffect.Creates ? "Delete the temporary snapshot" : "End the access",
            Effect = step.Effect == StepEffect.Creates ? StepEffect.Deletes : StepEffect.Changes,
            Target = step.Target,
        }),
    ];

    private bool IsReadItself => _steps.ReadId == _steps.Disk.Id;

    /// <summary>Looks at the disk or snapshot.</summary>
    /// <exception cref="ImageServiceException">It can't be read out as it is.</exception>
    public static async Task<DownloadOrigin> FindAsync(ImageSession session, ManagedSource source, OperationContext context)
    {
        RemoteDiskRequest request = new() { ResourceId = source.IdIn(session), DiskAccessId = source.DiskAccessId, TemporaryResourceGroupName = source.TemporaryResourceGroupName, Tags = source.Tags };
        DiskReadSteps steps = await DiskReadSteps.PlanAsync(session, request, context).ConfigureAwait(false);
        return UploadDisk.IsUnderUpload(steps.Disk.State) ? throw new ImageServiceException(
            "DiskUploadUnfinished",
            ErrorKind.InvalidState,
            $"The upload of the {steps.Description} has not ended ({steps.Disk.State}).",
            "Wait for it, or give it up with Stop-AzVhdUpload.",
            steps.Disk.Id.ToString()) : new ManagedOrigin(steps);
    }

    public override async Task<CopyAddress> SignAsync(CopyAddress? refused, OperationContext context)
        => new(await _steps.Access!.Signature!.SignAsync(refused?.Address).ConfigureAwait(false), Token: null);

    public override OpenPages Open() => new(_steps.Access!.Blob, ETag: null);
}
