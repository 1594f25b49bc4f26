using AzImageTools.Disks;
using AzImageTools.Services.Images;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using Azure;
using Azure.Core;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;

namespace AzImageTools.Services.Galleries;

/// <summary>The image definition that a version goes into: checked where it is there, planned where it is not.</summary>
internal sealed class ImageDefinition
{
    private readonly ImageSession _session;
    private readonly GalleryResource _gallery;
    private readonly GalleryTarget _target;
    private readonly VersionContent _content;

    private ImageDefinition(ImageSession session, GalleryResource gallery, GalleryTarget target, VersionContent content, ResourceIdentifier id, GalleryImageResource? existing)
    {
        _session = session;
        _gallery = gallery;
        _target = target;
        _content = content;
        Id = id;
        Existing = existing;
    }

    /// <summary>The definition's id.</summary>
    public ResourceIdentifier Id { get; }

    /// <summary>The definition; null where it is to be created.</summary>
    public GalleryImageResource? Existing { get; }

    /// <summary>The definition in words.</summary>
    public string Description => $"image definition '{Id.Name}' in gallery '{_gallery.Data.Name}'";

    /// <summary>What the definition says of security; null for nothing. Where it is to be created, what was asked for or the source needs.</summary>
    public string? SecurityType => Existing is not null
        ? SecurityTypeOf(Existing.Data.Features)
        : _target.SecurityType ?? _content.DefinitionSecurity ?? (SecurityTypes.IsSecured(_content.Features.SecurityType) ? _content.Features.SecurityType : null);

    /// <summary>Looks for the definition.</summary>
    public static async Task<ImageDefinition> FindAsync(ImageSession session, GalleryResource gallery, GalleryTarget target, VersionContent content, OperationContext context)
    {
        ResourceIdentifier id = GalleryImageResource.CreateResourceIdentifier(gallery.Id.SubscriptionId, gallery.Id.ResourceGroupName, gallery.Id.Name, target.DefinitionName);
        GalleryImageResource? existing = await Lookup.FindAsync(() => session.Arm.GetGalleryImageResource(id).GetAsync(context.Cancellation)).ConfigureAwait(false);
        return new ImageDefinition(session, gallery, target, content, id, existing);
    }

    /// <summary>Refuses a definition that the source does not fit, and one that was asked for as another.</summary>
    public void CheckFits()
    {
        if (Existing is null)
        {
            return;
        }

        GalleryImageData data = Existing.Data;
        OperatingSystemStateType wantedState = ToServiceState(_content.OsState);
        CheckName("publisher", _target.Publisher, data.Identifier?.Publisher);
        CheckName("offer", _target.Offer, data.Identifier?.Offer);
        CheckName("SKU", _target.Sku, data.Identifier?.Sku);
        CheckName("security type", _target.SecurityType, SecurityTypeOf(data.Features) ?? SecurityTypes.Standard);
        if (data.OSType is { } osType && osType != _content.OsType)
        {
            throw Mismatch("OS type", osType.ToString(), _content.OsType.ToString());
        }

        if (data.OSState is { } state && state != wantedState)
        {
            throw Mismatch("OS state", state.ToString(), wantedState.ToString());
        }

        HyperVGeneration generation = data.HyperVGeneration ?? HyperVGeneration.V1;
        if (_content.Features.HyperVGeneration is { } own && own != generation)
        {
            throw Mismatch("generation", generation.ToString(), own.ToString());
        }

        string architecture = (data.Architecture ?? ArchitectureType.X64).ToString();
        if (_content.Features.Architecture is not null && !string.Equals(_content.Features.Architecture, architecture, StringComparison.OrdinalIgnoreCase))
        {
            throw Mismatch("architecture", architecture, _content.Features.Architecture);
        }

        MarketplacePlan? plan = MarketplacePlan.Of(data.PurchasePlan);
        if (_content.TellsPlan && plan != _content.Plan)
        {
            throw Mismatch("purchase plan", plan?.ToString() ?? "none", _content.Plan?.ToString() ?? "none");
        }
    }

    /// <summary>Refuses a definition that can't be made: its name, or its identifier, which has to be its own within the gallery.</summary>
    public async Task CheckNewAsync(OperationContext context)
    {
        if (Existing is not null)
        {
            return;
        }

        _ = ResourceNames.RequireNew(Id.Name, "image definition");
        RunTag.Check(Tags, ownTags: 1);
        DefinitionIdentifier identifier = Identifier;
        identifier.Check(Id.ToString());
        await foreach (GalleryImageResource other in _gallery.GetGalleryImages().GetAllAsync(context.Cancellation).InBounds().ConfigureAwait(false))
        {
            if (identifier.IsOf(other.Data.Identifier))
            {
                throw new ImageServiceException(
                    "ImageIdentifierInUse",
                    ErrorKind.AlreadyExists,
                    $"The {Description} is not there, and would get the publisher '{identifier.Publisher}', offer '{identifier.Offer}' and SKU '{identifier.Sku}', which the image definition '{other.Data.Name}' of the gallery has already.",
                    $"Name that one with {_target.DefinitionParameter}, or give another -Publisher, -Offer or -Sku.",
                    Id.ToString());
            }
        }
    }

    /// <summary>The step that creates the definition as the source needs it.</summary>
    /// <param name="isNeeded">Whether the version is on its way after a failure, so that the definition stays; null where nothing is left so.</param>
    public Step CreateStep(Func<bool>? isNeeded) => new(CreateAsync)
    {
        Title = "Create the image definition",
        Changes = [ResourceChange.Create(Id, _gallery.Data.Location, Tags)],
        Effect = StepEffect.Creates,
        Target = Description,
        OnFailure = isNeeded is null ? FailureAction.Undo : FailureAction.Resume,
        CanResume = isNeeded,
        Undo = run => OwnResource.DeleteAsync(
            run,
            Description,
            cancellation => Lookup.FindAsync(() => _session.Arm.GetGalleryImageResource(Id).GetAsync(cancellation)),
            definition => definition.Data.Tags,
            (definition, cancellation) => definition.DeleteAsync(WaitUntil.Started, cancellation)),
    };

    /// <summary>The step that adds the features which the definition lacks and the image has; null where it lacks none, or that was not asked for.</summary>
    /// <param name="version">The version that the features start at.</param>
    /// <param name="context">Its log is warned where it was not asked for.</param>
    public Step? UpdateStep(string version, OperationContext context)
    {
        ImageFeature[] missing = Existing is null ? [] : [.. _content.Features.MissingFrom(Existing.Data.Features).Select(feature => feature with { StartsAtVersion = version })];
        if (missing.Length == 0)
        {
            return null;
        }

        string list = string.Join(", ", missing.Select(feature => $"{feature.Name}={feature.Value}"));
        if (!_target.UpdateDefinition)
        {
            context.Log.Warning(
                $"The {Description} does not say what the {_content.Description} can do: {list}. Machines made of the image can't have that{(missing.Any(feature => feature.Name == ImageFeature.DiskControllerTypes) ? ", and sizes that need NVMe (version 6 and later) refuse it" : string.Empty)}. "
                + $"Use -UpdateDefinition to add it to the definition from version {version} on, or name another {_target.DefinitionParameter}: it is created with it when it is not there.");
            return null;
        }

        return new Step(run => AzureErrors.CallAsync($"Updating the {Description}", Id.ToString(), () => DefinitionDocuments.AddFeaturesAsync(_session, Id, missing, run)))
        {
            Title = "Update the image definition",
            Changes = [new ResourceChange(Id, $"{Id.ResourceType}/write")],
            Effect = StepEffect.Changes,
            Target = Description,
            OnFailure = FailureAction.Keep,
            Note = $"It gets {list} from version {version} on.",
        };
    }

    /// <summary>The security type among a definition's features; null if there is none.</summary>
    public static string? SecurityTypeOf(IEnumerable<GalleryImageFeature> features) =>
        features.FirstOrDefault(feature => string.Equals(feature.Name, ImageFeature.SecurityType, StringComparison.OrdinalIgnoreCase))?.Value;

    private DefinitionIdentifier Identifier => new(
        _target.Publisher ?? Copied?.Identifier.Publisher ?? _gallery.Data.Name,
        _target.Offer ?? Copied?.Identifier.Offer ?? _content.OsType.ToString(),
        _target.Sku ?? Copied?.Identifier.Sku ?? Id.Name);

    /// <summary>The definition of the version that is copied; null for none.</summary>
    private CopiedDefinition? Copied => _content.CopyOf?.Definition;

    /// <summary>The user's tags for a definition that is made.</summary>
    private IReadOnlyDictionary<string, string>? Tags => Copied is { } copied ? RunTag.Merge(copied.Tags, _content.CopyOf!.AskedTags) : _target.Tag;

    private static OperatingSystemStateType ToServiceState(OsState osState) =>
        osState == OsState.Specialized ? OperatingSystemStateType.Specialized : OperatingSystemStateType.Generalized;

    private Task CreateAsync(StepRun run) => AzureErrors.CallAsync($"Creating the {Description}", Id.ToString(), () =>
    {
        ImageFeature[] features = [.. Copied?.Features ?? _content.Features.ForDefinition(SecurityType)];
        DefinitionBody body = new()
        {
            OsType = _content.OsType.ToString(),
            OsState = ToServiceState(_content.OsState).ToString(),
            HyperVGeneration = _content.Features.HyperVGeneration?.ToString(),
            Architecture = _content.Features.Architecture,
            Identifier = Identifier,
            PurchasePlan = _content.Plan,
            Features = features.Length == 0 ? null : features,
            More = Copied?.More,
        };
        return DefinitionDocuments.CreateAsync(_session, Id, _gallery.Data.Location, body, Tags, run);
    });

    private void CheckName(string what, string? asked, string? own)
    {
        if (asked is not null && own is not null && !string.Equals(asked, own, StringComparison.OrdinalIgnoreCase))
        {
            throw new ImageServiceException(
                "ImageDefinitionMismatch",
                ErrorKind.InvalidArgument,
                $"The {Description} is there already, with the {what} '{own}' rather than '{asked}'.",
                $"Leave the {what} out, or name another {_target.DefinitionParameter}: it is created when it is not there.",
                Id.ToString());
        }
    }

    private ImageServiceException Mismatch(string what, string definition, string source) => new(
        "ImageDefinitionMismatch",
        ErrorKind.InvalidArgument,
        $"The {Description} is for {what} {definition}, the {_content.Description} would give {source}.",
        $"Name another {_target.DefinitionParameter}: it is created when it is not there.",
        Id.ToString());
}
