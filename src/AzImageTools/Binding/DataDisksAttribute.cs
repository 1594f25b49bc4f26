using System.Collections;
using System.Management.Automation;
using AzImageTools.Services.Images;

namespace AzImageTools.Binding;

/// <summary>
/// A parameter that takes data disks of an image: ids of managed disks and snapshots, addresses of page blobs, what Send-AzVhd and Get-AzDisk
/// emit, or tables with a Lun. The cell of a row has several with semicolons between. An empty cell is as if it were not there.
/// </summary>
internal sealed class DataDisksAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        DataDiskSource[] disks = [.. Flatten(CellAttribute.Unwrap(inputData)).SelectMany(Read)];
        return disks.Length == 0 ? null! : disks;
    }

    private static IEnumerable<object> Flatten(object? value) => value switch
    {
        null or "" => [],
        string or IDictionary => [value],
        IEnumerable list => list.Cast<object?>().SelectMany(entry => Flatten(CellAttribute.Unwrap(entry))),
        _ => [value],
    };

    private static IEnumerable<DataDiskSource> Read(object value) => value switch
    {
        DataDiskSource disk => [disk],
        Uri address => [Name(address.OriginalString)],
        string text => text.Split([';'], StringSplitOptions.RemoveEmptyEntries).Select(part => part.Trim()).Where(part => part.Length > 0).Select(Name),
        _ => [Read(new PropertyTable(value).Knowing("A data disk", "Id", "ResourceId", "Uri", "BlobUri", "Source", "Lun", "Caching", "HostCaching"))],
    };

    private static DataDiskSource Read(PropertyTable table)
    {
        PropertyTable? source = table["Source"] is { } inner ? new PropertyTable(inner) : null;
        string place = table.Text("Id", "ResourceId", "Uri", "BlobUri") ?? source?.Text("Id", "Uri")
            ?? throw new ArgumentTransformationMetadataException("A data disk needs an Id (of a managed disk or snapshot) or a Uri (of a page blob).", new PSInvalidCastException());
        return Name(place) with { Lun = table.Number("Lun"), Caching = table.IsTable ? table.Text("Caching", "HostCaching") : null };
    }

    private static DataDiskSource Name(string place)
        => place.StartsWith("/", StringComparison.Ordinal) ? new DataDiskSource { Id = place }
            : Uri.TryCreate(place, UriKind.Absolute, out Uri? address) ? new DataDiskSource { BlobUri = address }
            : throw new ArgumentTransformationMetadataException($"'{place}' is neither the resource id of a disk or snapshot nor the address of a page blob.");
}
