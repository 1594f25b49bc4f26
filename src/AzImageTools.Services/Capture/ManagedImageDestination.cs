using AzImageTools.Disks;
using AzImageTools.Services.Images;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;

namespace AzImageTools.Services.Capture;

/// <summary>Captures into a managed image.</summary>
internal sealed class ManagedImageDestination : ICaptureDestination
{
    private readonly NewManagedImage _image;

    private ManagedImageDestination(NewManagedImage image, IReadOnlyList<Step> creations)
    {
        _image = image;
        Creations = creations;
    }

    public string Description => _image.Description;

    public IReadOnlyList<Step> Preparations => [];

    public IReadOnlyList<Step> Creations { get; }

    public bool IsBegun => _image.IsLeftOfClone;

    /// <summary>Checks that the machine can be captured so and that the image is not there yet.</summary>
    public static async Task<ManagedImageDestination> PrepareAsync(ImageSession session, CaptureRequest request, CaptureSource vm, OperationContext context)
    {
        string target = vm.Id.ToString();
        ManagedImageLimits.Check($"The {vm.Description}", target, vm.SecurityType, vm.Architecture, "-GalleryName");
        if (request.OsState == OsState.Specialized)
        {
            throw new ImageServiceException(
                "SpecializedNeedsGallery", ErrorKind.NotSupported, "A managed image can't be specialized.", "Put it into a gallery: use -GalleryName.", target);
        }

        if (!string.Equals(vm.Id.SubscriptionId, session.Context.SubscriptionId, StringComparison.OrdinalIgnoreCase))
        {
            throw new ImageServiceException(
                "SubscriptionMismatch",
                ErrorKind.InvalidArgument,
                $"The {vm.Description} is in another subscription ({vm.Id.SubscriptionId}) than the image would be ({session.Context.SubscriptionId}).",
                "Name the virtual machine's subscription with -SubscriptionId, or capture into a gallery with -GalleryName.",
                target);
        }

        NewManagedImage image = await NewManagedImage.PrepareAsync(
            session,
            ResourceNames.Require(request.ResourceGroupName ?? vm.Id.ResourceGroupName, "image's resource group"),
            ResourceNames.RequireNew(request.ImageName, "image"),
            context,
            cloneOf: (request.PreserveSource ? vm.CloneOrigin : request.CloneOrigin)?.Identity).ConfigureAwait(false);
        return new ManagedImageDestination(image, MachineImage.CreateSteps(image, request, vm, context));
    }

    public Task<CapturedImage> ReadAsync(IReadOnlyList<string> snapshotIds, OperationContext context) => _image.ReadAsync(snapshotIds, context);
}
