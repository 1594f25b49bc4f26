using AzImageTools.Disks;
using AzImageTools.Services.Images;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using Azure;
using Azure.Core;
using Azure.ResourceManager;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;

namespace AzImageTools.Services.Capture;

/// <summary>The image definition that a capture goes into: checked where it is there, planned where it is not.</summary>
internal sealed class ImageDefinition
{
    private const string SecurityTypeFeature = "SecurityType";
    private readonly ImageSession _session;
    private readonly GalleryResource _gallery;

    private ImageDefinition(ImageSession session, GalleryResource gallery, ResourceIdentifier id, GalleryImageResource? existing)
    {
        _session = session;
        _gallery = gallery;
        Id = id;
        Existing = existing;
    }

    /// <summary>The definition's id.</summary>
    public ResourceIdentifier Id { get; }

    /// <summary>The definition; null where it is to be created.</summary>
    public GalleryImageResource? Existing { get; }

    /// <summary>The definition in words.</summary>
    public string Description => $"image definition '{Id.Name}' in gallery '{_gallery.Data.Name}'";

    /// <summary>What the definition says of security; null for nothing. Where it is to be created, what the machine needs.</summary>
    /// <param name="vm">The machine.</param>
    public string? SecurityTypeFor(CaptureSource vm) => Existing is null ? vm.HasSecurityType ? vm.SecurityType : null : SecurityTypeOf(Existing.Data.Features);

    /// <summary>Looks for the definition.</summary>
    public static async Task<ImageDefinition> FindAsync(ImageSession session, GalleryResource gallery, string name, OperationContext context)
    {
        ResourceIdentifier id = GalleryImageResource.CreateResourceIdentifier(gallery.Id.SubscriptionId, gallery.Id.ResourceGroupName, gallery.Id.Name, name);
        GalleryImageResource? existing = await Lookup.FindAsync(() => session.Arm.GetGalleryImageResource(id).GetAsync(context.Cancellation)).ConfigureAwait(false);
        return new ImageDefinition(session, gallery, id, existing);
    }

    /// <summary>Refuses a definition that the machine does not fit, and one that was asked for as another.</summary>
    public void CheckFits(CaptureSource vm, CaptureRequest request)
    {
        if (Existing is null)
        {
            return;
        }

        GalleryImageData data = Existing.Data;
        OperatingSystemStateType wantedState = ToServiceState(request.OsState);
        CheckName("publisher", request.Publisher, data.Identifier?.Publisher);
        CheckName("offer", request.Offer, data.Identifier?.Offer);
        CheckName("SKU", request.Sku, data.Identifier?.Sku);
        if (data.OSType is { } osType && osType != vm.OsType)
        {
            throw Mismatch(vm, "OS type", osType.ToString(), vm.OsType.ToString());
        }

        if (data.OSState is { } state && state != wantedState)
        {
            throw Mismatch(vm, "OS state", state.ToString(), wantedState.ToString());
        }

        HyperVGeneration generation = data.HyperVGeneration ?? HyperVGeneration.V1;
        if (vm.HyperVGeneration is { } own && own != generation)
        {
            throw Mismatch(vm, "generation", generation.ToString(), own.ToString());
        }

        string architecture = (data.Architecture ?? ArchitectureType.X64).ToString();
        if (vm.Architecture is not null && !string.Equals(vm.Architecture, architecture, StringComparison.OrdinalIgnoreCase))
        {
            throw Mismatch(vm, "architecture", architecture, vm.Architecture);
        }

        MarketplacePlan? plan = MarketplacePlan.Of(data.PurchasePlan);
        if (plan != vm.Plan)
        {
            throw Mismatch(vm, "purchase plan", plan?.ToString() ?? "none", vm.Plan?.ToString() ?? "none");
        }
    }

    /// <summary>Refuses a definition that can't be made: its name, or its identifier, which has to be its own within the gallery.</summary>
    public async Task CheckNewAsync(CaptureRequest request, CaptureSource vm, OperationContext context)
    {
        if (Existing is not null)
        {
            return;
        }

        _ = ResourceNames.RequireNew(Id.Name, "image definition");
        RunTag.Check(request.Tag, ownTags: 1);
        DefinitionIdentifier identifier = IdentifierOf(request, vm);
        identifier.Check(Id.ToString());
        await foreach (GalleryImageResource other in _gallery.GetGalleryImages().GetAllAsync(context.Cancellation).InBounds().ConfigureAwait(false))
        {
            if (identifier.IsOf(other.Data.Identifier))
            {
                throw new ImageServiceException(
                    "ImageIdentifierInUse",
                    ErrorKind.AlreadyExists,
                    $"The {Description} is not there, and would get the publisher '{identifier.Publisher}', offer '{identifier.Offer}' and SKU '{identifier.Sku}', which the image definition '{other.Data.Name}' of the gallery has already.",
                    "Name that one with -GalleryImageDefinitionName, or give another -Publisher, -Offer or -Sku.",
                    Id.ToString());
            }
        }
    }

    /// <summary>The step that creates the definition as the machine needs it.</summary>
    public Step CreateStep(CaptureRequest request, CaptureSource vm) => new(run => CreateAsync(request, vm, run))
    {
        Title = "Create the image definition",
        Effect = StepEffect.Creates,
        Target = Description,
        OnFailure = FailureAction.Undo,
        Undo = run => OwnResource.DeleteAsync(
            run,
            Description,
            cancellation => Lookup.FindAsync(() => _session.Arm.GetGalleryImageResource(Id).GetAsync(cancellation)),
            definition => definition.Data.Tags,
            (definition, cancellation) => definition.DeleteAsync(WaitUntil.Started, cancellation)),
    };

    /// <summary>The security type among a definition's features; null if there is none.</summary>
    public static string? SecurityTypeOf(IEnumerable<GalleryImageFeature> features) =>
        features.FirstOrDefault(feature => string.Equals(feature.Name, SecurityTypeFeature, StringComparison.OrdinalIgnoreCase))?.Value;

    private DefinitionIdentifier IdentifierOf(CaptureRequest request, CaptureSource vm)
        => new(request.Publisher ?? _gallery.Data.Name, request.Offer ?? vm.OsType.ToString(), request.Sku ?? Id.Name);

    private static OperatingSystemStateType ToServiceState(OsState osState) =>
        osState == OsState.Specialized ? OperatingSystemStateType.Specialized : OperatingSystemStateType.Generalized;

    private Task CreateAsync(CaptureRequest request, CaptureSource vm, StepRun run) => AzureErrors.CallAsync($"Creating the {Description}", Id.ToString(), async () =>
    {
        GalleryImageData data = new(_gallery.Data.Location)
        {
            OSType = vm.OsType,
            OSState = ToServiceState(request.OsState),
            HyperVGeneration = vm.HyperVGeneration,
            Architecture = vm.Architecture is { } architecture ? new ArchitectureType(architecture) : (ArchitectureType?)null,
            Identifier = IdentifierOf(request, vm).ToService(),
            PurchasePlan = vm.Plan?.ToDefinitionPlan(),
        };
        if (vm.HasSecurityType)
        {
            data.Features.Add(new GalleryImageFeature { Name = SecurityTypeFeature, Value = vm.SecurityType });
        }

        RunTag.Apply(data.Tags, request.Tag, run.RunId);
        ArmOperation<GalleryImageResource> operation = await _gallery.GetGalleryImages()
            .CreateOrUpdateAsync(WaitUntil.Started, Id.Name, data, run.Cancellation).ConfigureAwait(false);
        await OperationWaiter.WaitAsync(operation, run.Context).ConfigureAwait(false);
    });

    private void CheckName(string what, string? asked, string? own)
    {
        if (asked is not null && own is not null && !string.Equals(asked, own, StringComparison.OrdinalIgnoreCase))
        {
            throw new ImageServiceException(
                "ImageDefinitionMismatch",
                ErrorKind.InvalidArgument,
                $"The {Description} is there already, with the {what} '{own}' rather than '{asked}'.",
                $"Leave the {what} out, or name another -GalleryImageDefinitionName: it is created when it is not there.",
                Id.ToString());
        }
    }

    private ImageServiceException Mismatch(CaptureSource vm, string what, string definition, string machine) => new(
        "ImageDefinitionMismatch",
        ErrorKind.InvalidArgument,
        $"The {Description} is for {what} {definition}, the {vm.Description} would give {machine}.",
        "Name another -GalleryImageDefinitionName: it is created when it is not there.",
        Id.ToString());
}
