using System.Net;
using AzImageTools.Sandbox.Arm.Protocol;
using AzImageTools.Sandbox.Storage;

namespace AzImageTools.Sandbox.Arm;

/// <summary>Finds what a disk or image is to be made from.</summary>
internal sealed class SourceResolver(ArmStore store)
{
    public const string Disks = "Microsoft.Compute/disks";
    public const string Snapshots = "Microsoft.Compute/snapshots";

    /// <summary>A managed disk or snapshot, whose bytes must be complete.</summary>
    public DiskSource FromDisk(string? id, string target)
    {
        var type = ResourceId.TryParse(id)?.Type;
        var disk = store.GetReferred(id, JsonReading.Same(type, Snapshots) ? Snapshots : Disks, target);
        var state = disk.Properties.Text("diskState");
        if (state is "ReadyToUpload" or "ActiveUpload")
        {
            throw ArmException.NotAllowed("Disk '" + disk.Name + "' cannot be used because its upload has not completed. It is in state '" + state + "'; end its access first.");
        }

        if (disk.Operation is { IsDone: false })
        {
            throw ArmException.Busy();
        }

        SnapshotCopies.CheckComplete(disk);
        return Describe(disk);
    }

    /// <summary>A disk of a restore point.</summary>
    public DiskSource FromRestorePoint(string? id, string target)
    {
        var disk = store.GetReferred(id, DiskRestorePointsType.Name, target);
        SnapshotCopies.CheckComplete(disk);
        return Describe(disk) with { Capacity = disk.OsDisk!.Data.Length - VhdFooter.Size, Location = disk.Properties.Text("sourceResourceLocation") ?? "" };
    }

    /// <summary>A page blob in one of the cloud's storage accounts.</summary>
    public DiskSource FromBlob(string? uri, string target)
    {
        var pages = FindBlob(uri ?? throw ArmException.Missing(target));
        if (pages is null)
        {
            throw new ArmException(
                HttpStatusCode.NotFound, "BlobNotFound", "The source blob was not found, or its storage account is not of this subscription.", target);
        }

        return new DiskSource { Pages = pages, Capacity = Math.Max(0, pages.Data.Length - VhdFooter.Size), Location = FindAccount(uri)?.Location ?? store.Cloud.Options.Location };
    }

    /// <summary>A page blob that a disk or image in a region is made from: it must be there too.</summary>
    public DiskSource FromBlob(string? uri, string target, string location)
    {
        var source = FromBlob(uri, target);
        return JsonReading.Same(source.Location, location)
            ? source

            // Met in microsoft/DefendTheFlag#1 and MicrosoftDocs/azure-docs#27583.
            : throw new ArmException(HttpStatusCode.BadRequest, "BadRequest", "The source blob " + uri!.Split('?')[0] + " does not belong to the same region as the disk.");
    }

    /// <summary>The page blob that a disk or snapshot is imported from, in the storage account that must be named beside it.</summary>
    /// <param name="disk">The disk or snapshot that is made.</param>
    /// <param name="kind">disk or snapshot.</param>
    public DiskSource FromImport(ArmResource disk, string kind)
    {
        var creation = disk.Properties.Child("creationData");
        var target = kind + ".creationData.storageAccountId";
        var account = store.GetReferred(creation.Text("storageAccountId"), "Microsoft.Storage/storageAccounts", target);
        var uri = creation.Text("sourceUri");
        var source = FromBlob(uri, kind + ".creationData.sourceUri", disk.Location);
        return FindAccount(uri!) == account
            ? source
            : throw ArmException.InvalidParameter(target, "The source blob '" + uri!.Split('?')[0] + "' does not belong to the storage account '" + account.Id + "'.");
    }

    /// <summary>The blob of an address, with or without a signature; null where there is none.</summary>
    public PageBlob? FindBlob(string address)
        => Uri.TryCreate(address, UriKind.Absolute, out var uri) ? BlobAddress.Find(store.Cloud, uri) : null;

    private ArmResource? FindAccount(string address)
        => Uri.TryCreate(address, UriKind.Absolute, out var uri)
            ? store.All.FirstOrDefault(resource => JsonReading.Same(resource.ResourceId.Type, "Microsoft.Storage/storageAccounts") && JsonReading.Same(resource.Name, uri.Host.Split('.')[0]))
            : null;

    public static DiskSource Describe(ArmResource disk) => new DiskSource
    {
        Pages = disk.OsDisk,
        Capacity = disk.Properties.Number("diskSizeBytes") ?? 0,
        Location = disk.Location,
        OsType = disk.Properties.Text("osType"),
        Generation = disk.Properties.Text("hyperVGeneration"),
        SecurityType = disk.Properties.Text("securityProfile", "securityType"),
        Architecture = disk.Properties.Text("supportedCapabilities", "architecture"),
        EncryptionSetId = disk.Properties.Text("encryption", "diskEncryptionSetId"),
        UniqueId = disk.Properties.Text("uniqueId"),
        Plan = PurchasePlan.Read(disk.Properties["purchasePlan"]),
        Controllers = DiskSource.ReadControllers(disk.Properties.Text("supportedCapabilities", "diskControllerTypes")),
    };
}

/// <summary>What a disk or an image is made from.</summary>
internal sealed record DiskSource
{
    private static readonly string[] ScsiOnly = ["SCSI"];

    /// <summary>The bytes, as a fixed VHD; null where an image of the Marketplace has none.</summary>
    public PageBlob? Pages { get; init; }

    /// <summary>In bytes, without a VHD's footer.</summary>
    public required long Capacity { get; init; }

    public required string Location { get; init; }

    public string? OsType { get; init; }

    public string? Generation { get; init; }

    public string? SecurityType { get; init; }

    public string? Architecture { get; init; }

    /// <summary>The encryption set with the customer's key; null for the platform's.</summary>
    public string? EncryptionSetId { get; init; }

    /// <summary>What tells a managed disk or snapshot from all others; null for what is none.</summary>
    public string? UniqueId { get; init; }

    /// <summary>The guest that an image without bytes stands for, by the name of its disk.</summary>
    public string? Guest { get; init; }

    /// <summary>The disk controllers that the guest says it has drivers for.</summary>
    public IReadOnlyList<string> Controllers { get; init; } = ScsiOnly;

    /// <summary>What is to be paid to an image's publisher; it stays with the bytes.</summary>
    public PurchasePlan? Plan { get; init; }

    /// <summary>The controllers that a text like <c>SCSI, NVMe</c> names; SCSI where there is none.</summary>
    public static IReadOnlyList<string> ReadControllers(string? text)
        => text is null ? ScsiOnly : [.. text.Split(',').Select(part => JsonReading.Same(part.Trim(), "NVMe") ? "NVMe" : "SCSI")];

    /// <summary>Whole GiB, rounded up, as <c>diskSizeGB</c> has it.</summary>
    public long CapacityInGigabytes => (Capacity + (1L << 30) - 1) >> 30;
}
