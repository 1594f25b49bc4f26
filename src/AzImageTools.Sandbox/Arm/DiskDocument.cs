using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AzImageTools.Sandbox.Arm.Protocol;

namespace AzImageTools.Sandbox.Arm;

/// <summary>What disks and snapshots tell alike.</summary>
internal static class DiskDocument
{
    private static readonly Regex NameRule = new("^[A-Za-z0-9][A-Za-z0-9_.-]*$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1));

    public static void CheckName(string name, string kind)
    {
        if (name.Length > 80 || !NameRule.IsMatch(name))
        {
            throw new ArmException(
                HttpStatusCode.BadRequest, "InvalidParameter", "The entity name '" + name + "' is invalid according to its validation rule.", kind + ".name");
        }
    }

    /// <summary>Fills in what the service adds to a disk or snapshot.</summary>
    /// <param name="disk">The document.</param>
    /// <param name="capacity">In bytes.</param>
    /// <param name="state">The disk's state.</param>
    /// <param name="now">The time.</param>
    public static void Complete(JsonObject disk, long capacity, string state, DateTimeOffset now)
    {
        var properties = disk.Child("properties");
        properties["diskSizeBytes"] = capacity;
        properties["diskSizeGB"] = (capacity + (1L << 30) - 1) >> 30;
        properties["diskState"] = state;
        properties["timeCreated"] = now.ToString("O", CultureInfo.InvariantCulture);
        properties["uniqueId"] = Guid.NewGuid().ToString();
        properties["encryption"] ??= new JsonObject { ["type"] = "EncryptionAtRestWithPlatformKey" };
        properties["networkAccessPolicy"] ??= "AllowAll";
        properties["publicNetworkAccess"] ??= "Enabled";
        var sku = disk.Child("sku");
        sku["tier"] = sku.TextOrDefault("name", "Standard_LRS").StartsWith("Premium", StringComparison.OrdinalIgnoreCase) ? "Premium" : "Standard";
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
