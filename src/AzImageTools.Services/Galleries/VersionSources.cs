using AzImageTools.Services.Images;

namespace AzImageTools.Services.Galleries;

/// <summary>What a gallery image version can be made of.</summary>
internal enum VersionSourceKind
{
    /// <summary>A virtual machine: its id in <c>storageProfile.source</c>.</summary>
    VirtualMachine,

    /// <summary>Managed disks or snapshots: their ids in <c>osDiskImage</c> and <c>dataDiskImages</c>.</summary>
    Disk,

    /// <summary>A managed image: its id in <c>storageProfile.source</c>.</summary>
    ManagedImage,

    /// <summary>Another version: its id in <c>storageProfile.source</c>.</summary>
    GalleryVersion,

    /// <summary>A page blob: its address in <c>osDiskImage</c>.</summary>
    PageBlob,
}

/// <summary>Which sources a definition takes, by its feature SecurityType and the source's own security type: the one table of that.</summary>
/// <remarks>
/// A <c>…Supported</c> definition holds disks without a guest state: of a blob, a managed image or another version, and never of a disk, a
/// snapshot or a machine ("Currently only Vhd Blob, User Image and Gallery Image Version sources are supported", packer-plugin-azure#304, #528).
/// A <c>TrustedLaunch</c> or <c>ConfidentialVM</c> definition holds the guest state of a machine of that type; a confidential one does
/// not take it from a disk, but from the machine (azure-powershell#28657) or a blob.
/// </remarks>
internal static class VersionSources
{
    private static readonly VersionSourceKind[] WithoutGuestState = [VersionSourceKind.ManagedImage, VersionSourceKind.GalleryVersion, VersionSourceKind.PageBlob];

    private static readonly Row[] Table =
    [
        new(SecurityTypes.Standard, SecurityTypes.Standard, VersionSourceKind.VirtualMachine, VersionSourceKind.Disk, VersionSourceKind.ManagedImage, VersionSourceKind.GalleryVersion, VersionSourceKind.PageBlob),
        new("TrustedLaunchSupported", SecurityTypes.Standard, WithoutGuestState),
        new("ConfidentialVMSupported", SecurityTypes.Standard, WithoutGuestState),
        new("TrustedLaunchAndConfidentialVMSupported", SecurityTypes.Standard, WithoutGuestState),
        new(SecurityTypes.TrustedLaunch, SecurityTypes.TrustedLaunch, VersionSourceKind.VirtualMachine, VersionSourceKind.Disk, VersionSourceKind.GalleryVersion),
        new(SecurityTypes.ConfidentialVM, SecurityTypes.ConfidentialVM, VersionSourceKind.VirtualMachine, VersionSourceKind.GalleryVersion, VersionSourceKind.PageBlob),
    ];

    /// <summary>The security types that a definition can have.</summary>
    public static IEnumerable<string> DefinitionTypes => Table.Select(row => row.Definition);

    /// <summary>What a definition takes from a source of that security type; nothing where it takes none, or is not known.</summary>
    /// <param name="definition">The definition's feature SecurityType; null for none.</param>
    /// <param name="source">The source's security type; null for none.</param>
    public static IReadOnlyList<VersionSourceKind> KindsOf(string? definition, string? source)
        => Table.FirstOrDefault(row => Same(row.Definition, definition ?? SecurityTypes.Standard) && Same(row.Source, source ?? SecurityTypes.Standard))?.Kinds ?? [];

    /// <summary>The security type of the sources that a definition takes; null where it is not known.</summary>
    public static string? SourceTypeOf(string? definition) => Table.FirstOrDefault(row => Same(row.Definition, definition ?? SecurityTypes.Standard))?.Source;

    private static bool Same(string one, string other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase);

    private sealed record Row(string Definition, string Source, params VersionSourceKind[] Kinds);
}
