using System.Management.Automation;
using AzImageTools.Disks.Items;

namespace AzImageTools.Binding;

/// <summary>A parameter that takes what Get-AzVhdItem emits, or what <see cref="DiskObjectAttribute"/> takes.</summary>
internal sealed class ItemOrDiskAttribute : ArgumentTransformationAttribute
{
    private static readonly DiskObjectAttribute Disk = new();

    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
        => CellAttribute.Unwrap(inputData) is DiskItem item ? PSObject.AsPSObject(item) : Disk.Transform(engineIntrinsics, inputData);
}
