using System.Globalization;
using AzImageTools.Disks;
using AzImageTools.Services.Session;
using Azure.Core;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;

namespace AzImageTools.Services.Sources;

/// <summary>What a size of machines wants of an image, as the region's resource SKUs tell it.</summary>
internal sealed record SizeNeeds
{
    private IReadOnlyList<string> Generations { get; init; } = [];

    private IReadOnlyList<string> Controllers { get; init; } = [];

    private string Architecture { get; init; } = "x64";

    private bool HasTrustedLaunch { get; init; }

    private bool IsConfidential { get; init; }

    private int? MostDataDisks { get; init; }

    /// <summary>Reads a size.</summary>
    /// <exception cref="ImageServiceException">The region has no such size (SizeNotFound), or the list can't be read.</exception>
    public static Task<SizeNeeds> ReadAsync(ImageSession session, AzureLocation location, string size, OperationContext context)
        => AzureErrors.CallAsync($"Listing the sizes in {location.Name}", location.Name, async () =>
        {
            await foreach (ComputeResourceSku sku in session.Subscription.GetComputeResourceSkusAsync($"location eq '{location.Name}'", includeExtendedLocations: null, context.Cancellation).InBounds().ConfigureAwait(false))
            {
                if (string.Equals(sku.ResourceType, "virtualMachines", StringComparison.OrdinalIgnoreCase) && string.Equals(sku.Name, size, StringComparison.OrdinalIgnoreCase))
                {
                    return Of(sku);
                }
            }

            throw new ImageServiceException("SizeNotFound", ErrorKind.NotFound, $"There is no size '{size}' in {location.Name}.", "Get-AzComputeResourceSku lists the sizes of a region; -Location chooses another.", size);
        });

    /// <summary>Whether a machine of the size can be made of an image; what an image does not tell is no hindrance.</summary>
    public bool IsMetBy(ImageSource source)
        => IsOne(source.Architecture, Architecture)
            && (source.HyperVGeneration is null || Generations.Contains(source.HyperVGeneration, StringComparer.OrdinalIgnoreCase))
            && Controllers.Intersect(source.DiskControllerTypes, StringComparer.OrdinalIgnoreCase).Any()
            && (!IsOne(source.SecurityType, "TrustedLaunch") || source.SecurityType is null || HasTrustedLaunch)
            && (!IsOne(source.SecurityType, "ConfidentialVM") || source.SecurityType is null || IsConfidential)
            && !(source.DataDiskCount > MostDataDisks);

    private static bool IsOne(string? value, string wanted) => value is null || string.Equals(value, wanted, StringComparison.OrdinalIgnoreCase);

    private static SizeNeeds Of(ComputeResourceSku sku)
    {
        return new SizeNeeds
        {
            Generations = List("HyperVGenerations", "V1"),
            Controllers = List("DiskControllerTypes", "SCSI"),
            Architecture = Text("CpuArchitectureType") ?? "x64",
            HasTrustedLaunch = !string.Equals(Text("TrustedLaunchDisabled"), "True", StringComparison.OrdinalIgnoreCase),
            IsConfidential = Text("ConfidentialComputingType") is not null,
            MostDataDisks = int.TryParse(Text("MaxDataDiskCount"), NumberStyles.None, CultureInfo.InvariantCulture, out int disks) ? disks : null,
        };

        string? Text(string name) => sku.Capabilities.FirstOrDefault(capability => string.Equals(capability.Name, name, StringComparison.OrdinalIgnoreCase))?.Value is { Length: > 0 } value ? value : null;
        string[] List(string name, string otherwise) => [.. (Text(name) ?? otherwise).Split(',').Select(static one => one.Trim()).Where(static one => one.Length > 0)];
    }
}
