using AzImageTools.Disks;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using AzImageTools.Services.Upload.Source;
using AzImageTools.Services.Upload.Target;
using Azure.ResourceManager.Compute.Models;

namespace AzImageTools.Services.Download.Source;

/// <summary>A managed disk or snapshot, which is read by access that is given for the time being.</summary>
internal sealed class ManagedOrigin : DownloadOrigin
{
    private readonly ManagedBytes _bytes;
    private DiskWriteAccess? _access;
    private bool _mayBeOpen;

    private ManagedOrigin(ManagedBytes bytes)
    {
        _bytes = bytes;
    }

    public override string Id => _bytes.Id.ToString();

    public override string Name => _bytes.Id.Name;

    public override string Description => _bytes.Description;

    public override long Capacity => _bytes.Capacity;

    public override SourceIdentity Identity => new(Id, DiskFormat.Vhd, Capacity, [_bytes.Stamp]);

    public override IReadOnlyList<Step> Before =>
    [
        new(GrantAsync)
        {
            Title = "Get read access",
            Effect = StepEffect.Changes,
            Target = Description,
            Note = "Until it is ended no machine can start with it.",
            OnFailure = FailureAction.Undo,
            Undo = RevokeAsync,
            Changes = [ResourceChange.Act(_bytes.Id, "beginGetAccess"), ResourceChange.Act(_bytes.Id, "endGetAccess")],
        },
    ];

    public override IReadOnlyList<Step> After => [new(RevokeAsync) { Title = "End the access", Effect = StepEffect.Changes, Target = Description }];

    /// <summary>Looks at the disk or snapshot.</summary>
    /// <exception cref="ImageServiceException">It can't be read out as it is.</exception>
    public static async Task<DownloadOrigin> FindAsync(ImageSession session, string resourceId, OperationContext context)
    {
        ManagedBytes bytes = await ManagedBytes.ReadAsync(session, resourceId, context).ConfigureAwait(false);
        bytes.RequireReadable(context);
        return bytes.State is not { } state || state == DiskState.Unattached ? new ManagedOrigin(bytes) : throw InUse(bytes);
    }

    public override OpenPages Open()
    {
        StorageClients storage = _bytes.Session.Storage;
        return new OpenPages(
            _bytes.NeedsToken ? storage.PageBlobWithSas(_access!.Address, _access, storage.DiskToken()) : storage.PageBlobWithSas(_access!.Address, _access),
            ETag: null);
    }

    private static ImageServiceException InUse(ManagedBytes bytes)
        => new(
            "DiskInUse",
            ErrorKind.InvalidState,
            $"The {bytes.Description} is in state {bytes.State}{(bytes.ManagedBy is { } machine ? $", attached to '{machine.Name}'" : string.Empty)}: access to it would be in the way of what uses it.",
            "Take a snapshot of it (New-AzSnapshot), and bring that down.",
            bytes.Id.ToString());

    private async Task GrantAsync(StepRun run)
    {
        _access = new DiskWriteAccess(duration => _bytes.GrantAsync(duration, run.Context), Capacity, run.Context, $"Read access to the {Description}");
        _mayBeOpen = true;
        try
        {
            await _access.BeginAsync().ConfigureAwait(false);
        }
        catch (ImageServiceException exception) when (exception.Kind is ErrorKind.InvalidState or ErrorKind.PermissionDenied)
        {
            // Refused: what access there is now is somebody else's.
            _mayBeOpen = false;
            throw;
        }
    }

    private async Task<bool> RevokeAsync(StepRun run)
    {
        bool wasOpen = _mayBeOpen;
        if (wasOpen)
        {
            await _bytes.RevokeAsync(run.Context).ConfigureAwait(false);
            _mayBeOpen = false;
        }

        return wasOpen;
    }
}
