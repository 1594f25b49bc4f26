using AzImageTools.Disks;
using AzImageTools.Services.Images;
using Azure.ResourceManager.Compute.Models;

namespace AzImageTools.Services.Capture;

/// <summary>Puts together what the machine tells of itself and what the user says of it.</summary>
internal static class CaptureFeatures
{
    /// <summary>The machine's features with those that were asked for.</summary>
    /// <exception cref="ImageServiceException">What was asked for contradicts the machine (HyperVGenerationMismatch, ArchitectureMismatch) or itself (SecurityTypeNeedsGeneration2, NvmeNeedsGeneration2).</exception>
    public static ImageFeatures Complete(CaptureSource vm, CaptureRequest request)
    {
        ImageFeatures own = vm.Features;
        string? generation = Choose("HyperVGeneration", request.HyperVGeneration, own.HyperVGeneration?.ToString(), vm);
        ImageFeatures features = own with
        {
            HyperVGeneration = generation is null ? null : new HyperVGeneration(generation),
            Architecture = Choose("Architecture", request.Architecture, own.Architecture, vm),
            TakesNvme = own.TakesNvme || request.Nvme,
            AcceleratedNetworking = request.AcceleratedNetworking ? true : own.AcceleratedNetworking,
            Hibernation = own.Hibernation || request.Hibernation,
        };
        bool isFirstGeneration = string.Equals(generation, "V1", StringComparison.OrdinalIgnoreCase);
        if (isFirstGeneration && SecurityTypes.IsSecured(request.SecurityType))
        {
            throw Invalid("SecurityTypeNeedsGeneration2", $"The security type {request.SecurityType} needs generation V2, and the {vm.Description} is V1.", "Leave -SecurityType out.", vm);
        }

        if (isFirstGeneration && request.Nvme)
        {
            throw Invalid("NvmeNeedsGeneration2", $"NVMe needs generation V2, and the {vm.Description} is V1.", "Leave NVMe out of -DiskControllerType.", vm);
        }

        return features;
    }

    private static string? Choose(string parameter, string? asked, string? own, CaptureSource vm)
        => asked is null || own is null || string.Equals(asked, own, StringComparison.OrdinalIgnoreCase)
            ? own ?? asked
            : throw Invalid($"{parameter}Mismatch", $"{parameter} {asked} was asked for, but the {vm.Description} is {own}.", $"Leave -{parameter} out.", vm);

    private static ImageServiceException Invalid(string errorId, string message, string remedy, CaptureSource vm)
        => new(errorId, ErrorKind.InvalidArgument, message, remedy, vm.Id.ToString());
}
