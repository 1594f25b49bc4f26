using System.Globalization;
using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Arm.Catalogue;
using AzImageTools.Sandbox.Arm.Protocol;

namespace AzImageTools.Sandbox.Arm;

/// <summary>What disks and snapshots tell alike.</summary>
internal static class DiskDocument
{
    /// <summary>Fills in what the service adds to a disk or snapshot.</summary>
    /// <param name="disk">The document.</param>
    /// <param name="capacity">In bytes.</param>
    /// <param name="state">The disk's state.</param>
    /// <param name="now">The time.</param>
    public static void Complete(JsonObject disk, long capacity, string state, DateTimeOffset now)
    {
        var properties = disk.Child("properties");
        var sku = disk.Child("sku");
        sku.TextOrDefault("name", "Standard_LRS");
        SetSize(disk, capacity);
        properties["diskState"] = state;
        properties["timeCreated"] = now.ToString("O", CultureInfo.InvariantCulture);
        properties["uniqueId"] = Guid.NewGuid().ToString();
        properties["encryption"] ??= new JsonObject { ["type"] = "EncryptionAtRestWithPlatformKey" };
        properties["networkAccessPolicy"] ??= "AllowAll";
        properties["publicNetworkAccess"] ??= "Enabled";
        SetTier(disk);
    }

    /// <summary>Tells the tier of a disk's or snapshot's storage, which goes with its name.</summary>
    public static void SetTier(JsonObject disk)
    {
        var sku = disk.Child("sku");
        sku["tier"] = sku.Text("name")?.StartsWith("Premium", StringComparison.OrdinalIgnoreCase) == true ? "Premium" : "Standard";
    }

    /// <summary>Sets a disk's state, and when it became that of a machine, or of none, or its machine was started or deallocated.</summary>
    public static void SetOwnership(ArmResource disk, string state, DateTimeOffset now)
    {
        disk.Properties["diskState"] = state;
        disk.Properties["LastOwnershipUpdateTime"] = now.ToString("O", CultureInfo.InvariantCulture);
    }

    /// <summary>Sets a disk's size, and the speed that goes with it; snapshots have none.</summary>
    public static void SetSize(JsonObject disk, long capacity)
    {
        var properties = disk.Child("properties");
        var gigabytes = (capacity + (1L << 30) - 1) >> 30;
        properties["diskSizeBytes"] = capacity;
        properties["diskSizeGB"] = gigabytes;
        var name = disk.Text("sku", "name");
        var size = JsonReading.Same(disk.Text("type"), SourceResolver.Disks)
            ? Skus.Disks.FirstOrDefault(sku => JsonReading.Same(sku.Name, name) && gigabytes <= sku.LargestInGib)
            : null;
        if (size is null)
        {
            return;
        }

        properties["diskIOPSReadWrite"] = size.OperationsPerSecond;
        properties["diskMBpsReadWrite"] = size.MegabytesPerSecond;
        if (size.Name.StartsWith("Premium_", StringComparison.OrdinalIgnoreCase))
        {
            // Sizes below P4 are as fast as it.
            properties["tier"] = gigabytes switch
            {
                <= 4 => "P1",
                <= 8 => "P2",
                <= 16 => "P3",
                _ => size.Size,
            };
        }
    }

    /// <summary>Takes the size away from a disk that waits for its bytes: it has none until they have come.</summary>
    public static void HideSize(JsonObject disk)
    {
        disk.Child("properties").Remove("diskSizeBytes");
        disk.Child("properties").Remove("diskSizeGB");
    }

    /// <summary>What is told of a disk or snapshot when its making is accepted: what was asked for, and little more.</summary>
    /// <remarks>As recorded by az (test_completion_percent, test_vm_disk_upload at 2023-04-02).</remarks>
    public static JsonObject Accepted(ArmResource disk)
    {
        var told = (JsonObject)disk.Document.DeepClone();
        told.Child("properties")["provisioningState"] = "Updating";
        return told;
    }

    /// <summary>Takes over what a copy inherits where the request does not say otherwise.</summary>
    public static void Inherit(JsonObject disk, DiskSource source)
    {
        var properties = disk.Child("properties");
        if (source.OsType is not null)
        {
            properties["osType"] ??= source.OsType;
        }

        if (source.Generation is not null)
        {
            properties["hyperVGeneration"] ??= source.Generation;
        }

        if (source.SecurityType is not null)
        {
            properties["securityProfile"] ??= new JsonObject { ["securityType"] = source.SecurityType };
        }

        if (source.Plan is not null)
        {
            properties["purchasePlan"] ??= source.Plan.Describe();
        }

        if (source.Architecture is not null)
        {
            properties["supportedCapabilities"] ??= new JsonObject { ["architecture"] = source.Architecture };
        }

        if (source.Controllers.Contains("NVMe", StringComparer.Ordinal))
        {
            properties.Child("supportedCapabilities")["diskControllerTypes"] ??= "SCSI, NVMe";
        }
    }
}
