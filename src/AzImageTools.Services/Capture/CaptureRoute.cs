using AzImageTools.Disks;
using AzImageTools.Services.Galleries;
using AzImageTools.Services.Images;

namespace AzImageTools.Services.Capture;

/// <summary>Finds what a gallery version of a machine is made of: the machine, its disks, or a managed image of it.</summary>
internal static class CaptureRoute
{
    /// <summary>Chooses the shortest way that the definition takes.</summary>
    /// <param name="request">What is captured.</param>
    /// <param name="vm">The machine.</param>
    /// <param name="version">The version, which tells of its definition and keys.</param>
    /// <exception cref="ImageServiceException">There is none (ImageDefinitionMismatch).</exception>
    public static VersionSourceKind Choose(CaptureRequest request, CaptureSource vm, NewGalleryVersion version)
    {
        string definition = version.Definition.Description;
        string? securityType = version.Definition.SecurityType;
        string own = vm.HasSecurityType ? vm.SecurityType! : SecurityTypes.Standard;
        IReadOnlyList<VersionSourceKind> taken = VersionSources.KindsOf(securityType, own);
        foreach (VersionSourceKind kind in Ways(request, vm, version.HasKeys))
        {
            if (taken.Contains(kind))
            {
                return kind;
            }
        }

        throw new ImageServiceException(
            "ImageDefinitionMismatch",
            ErrorKind.InvalidArgument,
            taken.Count == 0
                ? $"The {definition} is for security type {securityType ?? SecurityTypes.Standard}, the {vm.Description} would give {own}."
                : $"The {definition} is for security type {securityType ?? SecurityTypes.Standard}, and takes {string.Join(", ", taken.Select(NameOf))}: {Obstacle(request, vm)}.",
            taken.Count == 0
                ? $"Name another -GalleryImageDefinitionName: it is created for {own} when it is not there.{Remark(securityType, own)}"
                : $"{Remedy(request, vm)} or name another -GalleryImageDefinitionName: it is created for {own} when it is not there.",
            version.Definition.Id.ToString());
    }

    // Keys of the user's can't be given for a version whose source is a machine ("VM image version source doesn't currently support
    // customer-managed key encryption"); a managed image holds neither a specialized machine nor one for Arm64.
    private static IEnumerable<VersionSourceKind> Ways(CaptureRequest request, CaptureSource vm, bool hasKeys)
    {
        if (request.ImageType == ImageType.VmImage && !vm.HasEncryptionSet && !hasKeys)
        {
            yield return VersionSourceKind.VirtualMachine;
        }
        else
        {
            yield return VersionSourceKind.Disk;
        }

        if (CanBeManagedImage(request, vm))
        {
            yield return VersionSourceKind.ManagedImage;
        }
    }

    private static bool CanBeManagedImage(CaptureRequest request, CaptureSource vm)
        => request.OsState == OsState.Generalized && !vm.HasSecurityType && !string.Equals(vm.Architecture, "Arm64", StringComparison.OrdinalIgnoreCase);

    private static string Obstacle(CaptureRequest request, CaptureSource vm) => request switch
    {
        { OsState: OsState.Specialized } when !vm.HasSecurityType => "a specialized machine can't become one of these",
        { ImageType: ImageType.OsImage } => $"the {vm.OsDisk.Description} is none of these",
        _ when vm.HasEncryptionSet => "disks with a key of yours can't be captured by their machine",
        _ => $"the {vm.Description} ({vm.Architecture ?? "x64"}) can't become one of these",
    };

    private static string Remedy(CaptureRequest request, CaptureSource vm) => request switch
    {
        { OsState: OsState.Specialized } when !vm.HasSecurityType => "Export the machine's OS disk to a page blob and make the version of that,",
        { ImageType: ImageType.OsImage } when !vm.HasEncryptionSet => "Capture the whole machine,",
        _ => "Export the OS disk to a page blob and make the version of that,",
    };

    private static string Remark(string? definition, string own)
        => VersionSources.SourceTypeOf(definition) is { } wanted && string.Equals(own, SecurityTypes.TrustedLaunch, StringComparison.OrdinalIgnoreCase) && string.Equals(wanted, SecurityTypes.Standard, StringComparison.OrdinalIgnoreCase)
            ? " A machine with Trusted Launch gives its guest state too, which this definition can't hold."
            : string.Empty;

    private static string NameOf(VersionSourceKind kind) => kind switch
    {
        VersionSourceKind.VirtualMachine => "machines",
        VersionSourceKind.Disk => "disks",
        VersionSourceKind.ManagedImage => "managed images",
        VersionSourceKind.GalleryVersion => "versions of galleries",
        _ => "page blobs",
    };
}
