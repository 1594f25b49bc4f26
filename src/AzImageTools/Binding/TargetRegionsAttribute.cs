using System.Collections;
using System.Globalization;
using System.Management.Automation;
using AzImageTools.Services.Images;

namespace AzImageTools.Binding;

/// <summary>
/// A parameter that takes regions of a gallery version: names, <c>name=copies=storage</c> as az has them, or tables as New-AzGalleryImageVersion
/// takes them. The cell of a row has several with semicolons between. An empty cell is as if it were not there.
/// </summary>
internal sealed class TargetRegionsAttribute : ArgumentTransformationAttribute
{
    private const int MostParts = 3;

    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        ImageTargetRegion[] regions = [.. Flatten(CellAttribute.Unwrap(inputData)).SelectMany(Read)];
        return regions.Length == 0 ? null! : regions;
    }

    private static IEnumerable<object> Flatten(object? value) => value switch
    {
        null or "" => [],
        string or IDictionary => [value],
        IEnumerable list => list.Cast<object?>().SelectMany(entry => Flatten(CellAttribute.Unwrap(entry))),
        _ => [value],
    };

    private static IEnumerable<ImageTargetRegion> Read(object value) => value switch
    {
        ImageTargetRegion region => [region],
        string text => text.Split([';'], StringSplitOptions.RemoveEmptyEntries).Where(part => part.Trim().Length > 0).Select(Parse),
        _ => [Read(new PropertyTable(value).Knowing("A target region", "Name", "ReplicaCount", "RegionalReplicaCount", "StorageAccountType", "Encryption"))],
    };

    private static ImageTargetRegion Parse(string text)
    {
        string[] parts = [.. text.Split('=').Select(part => part.Trim())];
        int count = 0;
        if (parts.Length > MostParts || parts[0].Length == 0 || (parts.Length > 1 && parts[1].Length > 0 && !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out count)))
        {
            throw new ArgumentTransformationMetadataException($"'{text}' is no target region. Give a name, name=copies, name=copies=storage, or @{{ Name = 'westeurope'; ReplicaCount = 2; StorageAccountType = 'Standard_ZRS' }}.");
        }

        return new ImageTargetRegion
        {
            Name = parts[0],
            ReplicaCount = parts.Length > 1 && parts[1].Length > 0 ? count : null,
            StorageAccountType = parts.Length == MostParts && parts[2].Length > 0 ? parts[2] : null,
        };
    }

    private static ImageTargetRegion Read(PropertyTable table)
    {
        PropertyTable? encryption = table["Encryption"] is { } keys ? new PropertyTable(keys).Knowing("Encryption", "OSDiskImage", "DataDiskImages") : null;
        Dictionary<int, string> dataDisks = [];
        foreach (PropertyTable disk in encryption?.Tables("DataDiskImages") ?? [])
        {
            disk.Knowing("A data disk's encryption", "Lun", "DiskEncryptionSetId");
            dataDisks[disk.Number("Lun") ?? throw Missing("A data disk's encryption", "Lun")] = disk.Text("DiskEncryptionSetId") ?? throw Missing("A data disk's encryption", "DiskEncryptionSetId");
        }

        return new ImageTargetRegion
        {
            Name = table.Text("Name") ?? throw Missing("A target region", "Name"),
            ReplicaCount = table.Number("ReplicaCount", "RegionalReplicaCount"),
            StorageAccountType = table.Text("StorageAccountType"),
            OsDiskEncryptionSetId = encryption?["OSDiskImage"] is { } osDisk ? new PropertyTable(osDisk).Knowing("The OS disk's encryption", "DiskEncryptionSetId").Text("DiskEncryptionSetId") : null,
            DataDiskEncryptionSetIds = dataDisks,
        };
    }

    private static ArgumentTransformationMetadataException Missing(string what, string name) => new($"{what} needs {name}.", new PSInvalidCastException());
}
