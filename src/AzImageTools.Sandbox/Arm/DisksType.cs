using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Arm.Protocol;
using AzImageTools.Sandbox.Storage;

namespace AzImageTools.Sandbox.Arm;

/// <summary>Microsoft.Compute/disks.</summary>
internal sealed class DisksType(ArmStore store, OperationReplies operations, SourceResolver sources, ImageResolver images)
    : ResourceType(store, operations)
{
    /// <summary>20 MiB and a footer.</summary>
    private const long SmallestUpload = 20_972_032;

    /// <summary>32 TiB less 1 GiB, and a footer.</summary>
    private const long LargestUpload = 35_183_298_347_520;

    private const long LargestDiskInGigabytes = 32_767;

    private readonly DiskAccess _access = new(store);

    public override string Type => SourceResolver.Disks;

    protected override string OperationKind => "DiskOperations";

    protected override bool TellsOutput => true;

    protected override HttpResponseMessage Put(ArmRequest request, JsonObject body, ArmResource? existing)
    {
        var location = CheckLocation(body, existing);
        Regions.CheckZones((body["zones"] as JsonArray ?? []).Select(zone => zone?.ToString() ?? ""), Type + "/" + request.Id.Name, location);
        var option = body.Text("properties", "creationData", "createOption") ?? throw ArmException.Missing("disk.creationData.createOption");
        if (existing is not null)
        {
            if (!JsonReading.Same(option, existing.Properties.Text("creationData", "createOption")))
            {
                throw ArmException.ChangeNotAllowed("createOption");
            }

            if (body.Number("properties", "creationData", "uploadSizeBytes") is { } size && size != existing.Properties.Number("creationData", "uploadSizeBytes"))
            {
                throw ArmException.ChangeNotAllowed("creationData.uploadSizeBytes");
            }

            return Update(request, body, existing);
        }

        var resource = NewResource(request, body);
        var told = DiskDocument.Accepted(resource);
        var now = Store.Cloud.Now;
        var creation = resource.Properties.Child("creationData");
        Task? work = null;
        var state = "Unattached";
        long capacity;
        switch (option.ToUpperInvariant())
        {
            case "EMPTY":
                capacity = ReadSize(resource) ?? throw ArmException.Missing("disk.diskSizeGB");
                resource.OsDisk = DiskPages.CreateEmpty(Store.Cloud, resource.Name, capacity);
                break;
            case "UPLOAD":
            case "UPLOADPREPAREDSECURE":
                capacity = CheckUploadSize(creation) - VhdFooter.Size;
                state = "ReadyToUpload";
                resource.OsDisk = DiskPages.CreateUpload(Store.Cloud, resource.Name, capacity + VhdFooter.Size);
                if (JsonReading.Same(option, "UploadPreparedSecure"))
                {
                    resource.GuestState = DiskPages.CreateUpload(Store.Cloud, resource.Name + "-guest-state", 4 << 20);
                }

                break;
            case "COPY":
                var original = sources.FromDisk(creation.Text("sourceResourceId"), "disk.creationData.sourceResourceId");
                if (!JsonReading.Same(original.Location, location))
                {
                    throw ArmException.InvalidParameter(
                        "disk.creationData.sourceResourceId", "The source of a disk must be in its location '" + location + "', not in '" + original.Location + "'.");
                }

                capacity = CopyFrom(resource, original);
                break;
            case "RESTORE":
                var point = sources.FromRestorePoint(creation.Text("sourceResourceId"), "disk.creationData.sourceResourceId");
                if (!JsonReading.Same(point.Location, resource.Location))
                {
                    throw ArmException.InvalidParameter("location", "The disk must be in the location of its restore point, '" + point.Location + "', not in '" + resource.Location + "'.");
                }

                capacity = CopyFrom(resource, point);
                break;
            case "FROMIMAGE":
                capacity = CopyFrom(resource, images.FromCreationData(creation));
                break;
            case "IMPORT":
                var source = sources.FromImport(resource, "disk");
                var address = creation.Text("sourceUri");
                capacity = source.Capacity;
                var target = DiskPages.CreateUpload(Store.Cloud, resource.Name, capacity + VhdFooter.Size);
                resource.OsDisk = target;
                work = Task.Run(() => DiskPages.Import(source.Pages!, target, address!));
                break;
            default:
                throw ArmException.InvalidParameter("disk.creationData.createOption", "The value '" + option + "' of parameter 'disk.creationData.createOption' is invalid.");
        }

        DiskDocument.Complete(resource.Document, capacity, state, now);
        if (state is "ReadyToUpload")
        {
            DiskDocument.HideSize(resource.Document);
        }

        return Create(request, resource, HttpStatusCode.Accepted, "Updating", complete: null, work, withLocation: true, told);
    }

    protected override HttpResponseMessage Patch(ArmRequest request, JsonObject body, ArmResource resource)
        => Update(request, body, resource);

    protected override HttpResponseMessage? Post(ArmRequest request, ArmResource resource, string action)
    {
        if (JsonReading.Same(action, "beginGetAccess"))
        {
            return GrantAccess(request, resource);
        }

        return JsonReading.Same(action, "endGetAccess") ? Act(request, resource, () => _access.End(resource)) : null;
    }

    protected override void CheckDelete(ArmResource resource)
    {
        if (resource.Document.Text("managedBy") is { } owner)
        {
            throw ArmException.NotAllowed("Disk " + resource.Name + " is attached to VM " + owner + ".");
        }

        if (_access.IsGranted(resource))
        {
            throw ArmException.NotAllowed("There is an active shared access signature outstanding for disk " + resource.Name + ". Call EndGetAccess before deleting the disk.");
        }
    }

    private static long CheckUploadSize(JsonObject creation)
    {
        const string Target = "disk.creationData.uploadSizeBytes";
        var size = creation.Number("uploadSizeBytes") ?? throw ArmException.Missing(Target);
        if (size is < SmallestUpload or > LargestUpload)
        {
            throw ArmException.InvalidParameter(
                Target,
                string.Format(
                    CultureInfo.InvariantCulture,
                    "The value '{0}' of parameter '{1}' is out of range. The value must be between '{2}' and '{3}', inclusive.",
                    size, Target, SmallestUpload, LargestUpload));
        }

        if ((size - VhdFooter.Size) % (1 << 20) != 0)
        {
            throw ArmException.InvalidParameter(
                Target,
                string.Format(
                    CultureInfo.InvariantCulture,
                    "The value '{0}' of parameter '{1}' is invalid. The size of the disk without the VHD footer of 512 bytes must be a multiple of 1 MiB.",
                    size, Target));
        }

        return size;
    }

    /// <summary>The size asked for, in bytes.</summary>
    private static long? ReadSize(ArmResource resource)
        => resource.Properties.Number("diskSizeGB") is not { } gigabytes ? null
            : gigabytes is > 0 and <= LargestDiskInGigabytes ? gigabytes << 30
            : throw ArmException.InvalidParameter("disk.diskSizeGB", "The value '" + gigabytes + "' of parameter 'disk.diskSizeGB' is out of range. The value must be between '1' and '32767', inclusive.");

    private long CopyFrom(ArmResource resource, DiskSource source)
    {
        DiskDocument.Inherit(resource.Document, source);
        if (source.UniqueId is { } unique)
        {
            resource.Properties.Child("creationData")["sourceUniqueId"] = unique;
        }

        var capacity = ReadSize(resource) ?? source.Capacity;
        if (capacity < source.Capacity)
        {
            throw ArmException.InvalidParameter("disk.diskSizeGB", "The disk is smaller than its source. A disk can't be smaller than what it is copied from.");
        }

        // Bytes are shared while the sizes are equal: neither side changes them any more.
        resource.OsDisk = source.Pages is not null && capacity == source.Capacity
            ? source.Pages
            : DiskPages.CreateGuest(Store.Cloud, resource.Name, capacity, source.Guest);
        if (resource.OsDisk != source.Pages && source.Pages is { } smaller)
        {
            resource.OsDisk.Data.CopyFrom(smaller.Data);
            resource.OsDisk.Data.Clear(new PageRange(source.Capacity, source.Capacity + VhdFooter.Size));
        }

        return capacity;
    }

    private HttpResponseMessage GrantAccess(ArmRequest request, ArmResource resource)
    {
        var grant = _access.PrepareGrant(resource, request.ReadBody());
        JsonNode? result = null;
        return Act(request, resource, () => result = grant(), () => result);
    }

    private HttpResponseMessage Update(ArmRequest request, JsonObject body, ArmResource resource)
    {
        if (body.Number("properties", "diskSizeGB") is { } gigabytes && gigabytes != resource.Properties.Number("diskSizeGB"))
        {
            Enlarge(Store, resource, gigabytes);
        }

        foreach (var name in new[] { "osType", "hyperVGeneration", "networkAccessPolicy", "diskAccessId", "publicNetworkAccess", "dataAccessAuthMode", "purchasePlan", "supportedCapabilities" })
        {
            if (body.At("properties", name) is { } value)
            {
                resource.Properties[name] = value.DeepClone();
            }
        }

        foreach (var name in new[] { "tags", "sku" })
        {
            if (body[name] is { } value)
            {
                resource.Document[name] = value.DeepClone();
            }
        }

        DiskDocument.SetTier(resource.Document);
        return Create(request, resource, HttpStatusCode.Accepted, "Updating", withLocation: true);
    }

    /// <summary>Refuses a size that a disk can't be given: a smaller one, one too large, any while a machine runs with it.</summary>
    public static void CheckSize(ArmResource resource, long gigabytes)
    {
        if (gigabytes < resource.Properties.Number("diskSizeGB"))
        {
            throw ArmException.NotAllowed("Managed disk size cannot be reduced.");
        }

        if (gigabytes > LargestDiskInGigabytes)
        {
            throw ArmException.InvalidParameter("disk.diskSizeGB", "The value '" + gigabytes + "' of parameter 'disk.diskSizeGB' is out of range. The value must be between '1' and '32767', inclusive.");
        }

        if (resource.Properties.Text("diskState") is not ("Unattached" or "Reserved"))
        {
            throw ArmException.NotAllowed("Cannot resize disk " + resource.Name + " while it is in state '" + resource.Properties.Text("diskState") + "'.");
        }
    }

    /// <summary>Makes a disk larger, where no machine runs with it.</summary>
    public static void Enlarge(ArmStore store, ArmResource resource, long gigabytes)
    {
        CheckSize(resource, gigabytes);
        var capacity = gigabytes << 30;
        var smaller = SourceResolver.Describe(resource);
        var larger = DiskPages.CreateEmpty(store.Cloud, resource.Name, capacity);
        larger.Data.CopyFrom(smaller.Pages!.Data);
        larger.Data.Clear(new PageRange(smaller.Capacity, smaller.Capacity + VhdFooter.Size));
        resource.OsDisk = larger;
        store.Release(smaller.Pages);
        DiskDocument.SetSize(resource.Document, capacity);
    }
}
