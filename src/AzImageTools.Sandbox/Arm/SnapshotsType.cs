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
        var creation = resource.Properties.Child("creationData");
        DiskSource source;
        Task? work = null;
        switch (option.ToUpperInvariant())
        {
            case "COPY":
            case "COPYSTART":
                source = sources.FromDisk(creation.Text("sourceResourceId"), "snapshot.creationData.sourceResourceId");
                resource.OsDisk = source.Pages;
                break;
            case "IMPORT":
                var address = creation.Text("sourceUri");
                source = sources.FromBlob(address, "snapshot.creationData.sourceUri");
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
        resource.Properties["completionPercent"] = 100;
        return Create(request, resource, HttpStatusCode.Accepted, "Updating", complete: null, work, withLocation: true);
    }

    protected override HttpResponseMessage? Post(ArmRequest request, ArmResource resource, string action)
    {
        if (JsonReading.Same(action, "beginGetAccess"))
        {
            var grant = _access.PrepareGrant(resource, request.ReadBody());
            JsonNode? result = null;
            return Act(request, resource, () => result = grant(), () => result);
        }

        return JsonReading.Same(action, "endGetAccess") ? Act(request, resource, () => _access.End(resource)) : null;
    }

    protected override void CheckDelete(ArmResource resource)
    {
        if (_access.IsGranted(resource))
        {
            throw ArmException.NotAllowed(
                "There is an active shared access signature outstanding for snapshot " + resource.Name + ". Call EndGetAccess before deleting the snapshot.");
        }
    }
}
