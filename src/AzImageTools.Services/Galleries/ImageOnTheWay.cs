using AzImageTools.Services.Images;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using Azure.Core;
using Azure.ResourceManager.Compute;

namespace AzImageTools.Services.Galleries;

/// <summary>The managed image that a version is made of where its definition does not take the source itself; deleted afterwards.</summary>
internal static class ImageOnTheWay
{
    private const int LongestName = 80;
    private const string Prefix = "for-";

    /// <summary>Plans one.</summary>
    /// <param name="session">The session.</param>
    /// <param name="version">The version that it is for.</param>
    /// <param name="beside">The source, in whose subscription and resource group the image is made.</param>
    /// <param name="context">Log and cancellation.</param>
    public static async Task<NewManagedImage> PrepareAsync(ImageSession session, NewGalleryVersion version, ResourceIdentifier beside, OperationContext context)
    {
        string name = NameFor(version.Id) + RunTag.NewRunId().Substring(0, 4);
        context.Log.Verbose($"The image definition '{version.Definition.Id.Name}' does not take its source itself: the version is made of the managed image '{name}', which is deleted afterwards.");
        return await NewManagedImage.PrepareAsync(
            await session.InSubscriptionAsync(beside.SubscriptionId, context).ConfigureAwait(false), beside.ResourceGroupName!, name, context, version.Id).ConfigureAwait(false);
    }

    /// <summary>The steps that delete what killed runs of this machine made on the way to a version that they did not begin.</summary>
    public static Task<IReadOnlyList<Step>> DeleteUnusedStepsAsync(ImageSession session, NewGalleryVersion version, OperationContext context) => NewManagedImage.DeleteLeftStepsAsync(session, version.Id, context);

    /// <summary>The steps that delete what an earlier run made on the way to a version that is there.</summary>
    public static IReadOnlyList<Step> DeleteLeftSteps(ImageSession session, NewGalleryVersion version) => DeleteLeftSteps(session, version.Id, version.Place.LeftBy, version.Place.LeftSource);

    /// <summary>The steps that delete what a run made on the way to a version: the version itself tells that it was made of it, and both are of one run.</summary>
    /// <param name="session">The session.</param>
    /// <param name="version">The version.</param>
    /// <param name="run">The run that made it; null for none of ours.</param>
    /// <param name="source">What it was made of; null where it does not tell.</param>
    public static IReadOnlyList<Step> DeleteLeftSteps(ImageSession session, ResourceIdentifier version, string? run, ResourceIdentifier? source)
        => run is not null && source?.ResourceType == DiskImageResource.ResourceType && source.Name.StartsWith(NameFor(version), StringComparison.OrdinalIgnoreCase)
            ? [NewManagedImage.DeleteStep(session, source, run)]
            : [];

    /// <summary>A version in words, with what was made on the way to it and is still there as long as it is.</summary>
    /// <param name="version">The version.</param>
    /// <param name="deletions">The steps that delete what was made on the way.</param>
    public static string DescribeWith(ResourceIdentifier version, IReadOnlyList<Step> deletions) => string.Join(", with ", deletions.Select(step => step.Target).Prepend(GalleryIds.Describe(version)));

    /// <summary>How the names of what is made on the way to a version begin.</summary>
    public static string NameFor(ResourceIdentifier version)
    {
        string suffix = $"-{version.Name}-";
        string definition = version.Parent!.Name;
        return Prefix + definition.Substring(0, Math.Min(definition.Length, LongestName - suffix.Length - Prefix.Length - 4)) + suffix;
    }
}
