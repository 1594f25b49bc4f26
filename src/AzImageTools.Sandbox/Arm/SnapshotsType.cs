using System.Net;
using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Arm.Protocol;
using AzImageTools.Sandbox.Storage;

namespace AzImageTools.Sandbox.Arm;

/// <summary>Microsoft.Compute/snapshots.</summary>
internal sealed class SnapshotsType(ArmStore store, OperationReplies operations, SourceResolver sources) : ResourceType(store, operations)
{
    private readonly DiskAccess _access = new(store);

    public override string Type => SourceResolver.Snapshots;

    protected override string OperationKind => "DiskOperations";

    protected override bool TellsOutput => true;

    protected override HttpResponseMessage Put(ArmRequest request, JsonObject body, ArmResource? existing)
    {
        CheckLocation(body, existing);
        var option = body.Text("properties", "creationData", "createOption") ?? throw ArmException.Missing("snapshot.creationData.createOption");
        if (existing is not null)
        {
            if (!JsonReading.Same(option, existing.Properties.Text("creationData", "createOption")))
            {
                throw ArmException.ChangeNotAllowed("createOption");
            }

            existing.Document.CopyFrom(body, "tags");
            return Create(request, existing, HttpStatusCode.Accepted, "Updating", withLocation: true);
        }

        var resource = NewResource(request, body);
        var told = DiskDocument.Accepted(resource);
        var creation = resource.Properties.Child("creationData");
        DiskSource source;
        Task? work = null;
        var takesTime = false;
        switch (option.ToUpperInvariant())
        {
            case "COPY":
            case "COPYSTART":
                source = sources.FromDisk(creation.Text("sourceResourceId"), "snapshot.creationData.sourceResourceId");
                takesTime = BeginCopy(resource, Store.Find(creation.Text("sourceResourceId"))!, JsonReading.Same(option, "CopyStart"));
                resource.OsDisk = source.Pages;
                break;
            case "IMPORT":
                source = sources.FromImport(resource, "snapshot");
                var address = creation.Text("sourceUri");
                var target = DiskPages.CreateUpload(Store.Cloud, resource.Name, source.Capacity + VhdFooter.Size);
                resource.OsDisk = target;
                var pages = source.Pages!;
                work = Task.Run(() => DiskPages.Import(pages, target, address!));
                break;
            default:
                throw ArmException.InvalidParameter(
                    "snapshot.creationData.createOption", "The value '" + option + "' of parameter 'snapshot.creationData.createOption' is invalid.");
        }

        if (JsonReading.Same(option, "Copy") && !JsonReading.Same(source.Location, resource.Location))
        {
            throw ArmException.InvalidParameter(
                "snapshot.creationData.sourceResourceId", "The source of a snapshot must be in its location '" + resource.Location + "', not in '" + source.Location + "'.");
        }

        DiskDocument.Inherit(resource.Document, source);
        DiskDocument.Complete(resource.Document, source.Capacity, "Unattached", Store.Cloud.Now);
        resource.Properties["incremental"] ??= false;
        if (source.UniqueId is { } unique)
        {
            creation["sourceUniqueId"] = unique;
        }

        SnapshotCopies.Begin(Store, resource, takesTime);
        return Create(request, resource, HttpStatusCode.Accepted, "Updating", complete: null, work, withLocation: true, told);
    }

    protected override HttpResponseMessage? Post(ArmRequest request, ArmResource resource, string action)
    {
        if (JsonReading.Same(action, "beginGetAccess"))
        {
            SnapshotCopies.CheckComplete(resource);
            var grant = _access.PrepareGrant(resource, request.ReadBody());
            JsonNode? result = null;
            return Act(request, resource, () => result = grant(), () => result);
        }

        return JsonReading.Same(action, "endGetAccess") ? Act(request, resource, () => _access.End(resource)) : null;
    }

    /// <summary>Refuses what can't be copied.</summary>
    /// <returns>Whether the bytes come later.</returns>
    private bool BeginCopy(ArmResource snapshot, ArmResource source, bool isCopyStart)
    {
        var isIncremental = snapshot.Properties.Flag("incremental");
        if (isCopyStart)
        {
            if (!isIncremental)
            {
                throw ArmException.InvalidParameter("snapshot.incremental", "A snapshot with createOption 'CopyStart' must be incremental.");
            }

            SnapshotCopies.CheckFree(Store, source);
        }

        var isInstant = RestorePointChecks.IsInstant(source);
        if (isInstant && !isIncremental)
        {
            throw ArmException.InvalidParameter("snapshot.incremental", "Only incremental snapshots are supported for disks of the type " + source.Document.Text("sku", "name") + ".");
        }

        if (isIncremental)
        {
            snapshot.Properties["incrementalSnapshotFamilyId"] = SnapshotCopies.FamilyOf(source);
        }

        return isCopyStart || isInstant;
    }

    protected override void CheckDelete(ArmResource resource)
    {
        if (SnapshotCopies.FindCopyOf(Store, resource) is { } copy)
        {
            throw ArmException.NotAllowed("Snapshot '" + resource.Name + "' cannot be deleted while '" + copy.Name + "' is being copied from it.");
        }

        if (_access.IsGranted(resource))
        {
            throw ArmException.NotAllowed(
                "There is an active shared access signature outstanding for snapshot " + resource.Name + ". Call EndGetAccess before deleting the snapshot.");
        }
    }
}
