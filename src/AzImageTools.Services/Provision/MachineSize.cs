using System.Globalization;
using AzImageTools.Disks;
using AzImageTools.Services.Images;
using Azure.ResourceManager.Compute.Models;

namespace AzImageTools.Services.Provision;

/// <summary>A size of machines in a region, as the list of SKUs tells it (Microsoft.Compute/skus).</summary>
internal sealed record MachineSize
{
    /// <summary>Such as <c>Standard_D2s_v5</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The family whose cores are counted.</summary>
    public required string Family { get; init; }

    /// <summary>The cores.</summary>
    public int Cores { get; init; }

    /// <summary>V1, V2.</summary>
    public IReadOnlyList<string> Generations { get; init; } = [];

    /// <summary>x64 or Arm64.</summary>
    public required string Architecture { get; init; }

    /// <summary>SCSI, NVMe.</summary>
    public IReadOnlyList<string> Controllers { get; init; } = [];

    /// <summary>Whether it has Trusted Launch.</summary>
    public bool HasTrustedLaunch { get; init; }

    /// <summary>Whether it is of confidential machines.</summary>
    public bool IsConfidential { get; init; }

    /// <summary>Whether it takes disks of premium storage.</summary>
    public bool TakesPremium { get; init; }

    /// <summary>How many data disks it takes; null where it is not told.</summary>
    public int? MostDataDisks { get; init; }

    /// <summary>The zones that have it.</summary>
    public IReadOnlyList<string> Zones { get; init; } = [];

    /// <summary>Why the subscription can't have it in the region; null where it can.</summary>
    public string? Restriction { get; init; }

    /// <summary>What an entry of the list tells.</summary>
    public static MachineSize Of(ComputeResourceSku sku)
    {
        Dictionary<string, string> capabilities = new(StringComparer.OrdinalIgnoreCase);
        foreach (ComputeResourceSkuCapabilities capability in sku.Capabilities)
        {
            capabilities[capability.Name] = capability.Value;
        }

        ComputeResourceSkuRestrictions? whole = sku.Restrictions.FirstOrDefault(restriction => restriction.RestrictionsType == ComputeResourceSkuRestrictionsType.Location);
        IEnumerable<string> closed = sku.Restrictions.Where(restriction => restriction.RestrictionsType == ComputeResourceSkuRestrictionsType.Zone).SelectMany(restriction => restriction.RestrictionInfo?.Zones ?? []);
        return new MachineSize
        {
            Name = sku.Name,
            Family = sku.Family,
            Cores = Number("vCPUs") ?? 0,
            Generations = List("HyperVGenerations", "V1"),
            Architecture = Text("CpuArchitectureType") ?? "x64",
            Controllers = List("DiskControllerTypes", "SCSI"),
            HasTrustedLaunch = !Flag("TrustedLaunchDisabled"),
            IsConfidential = Text("ConfidentialComputingType") is not null,
            TakesPremium = Flag("PremiumIO"),
            MostDataDisks = Number("MaxDataDiskCount"),
            Zones = [.. sku.LocationInfo.SelectMany(info => info.Zones).Except(closed, StringComparer.Ordinal).Distinct(StringComparer.Ordinal)],
            Restriction = whole is null ? null : whole.ReasonCode?.ToString() ?? "not available",
        };

        string? Text(string name) => capabilities.TryGetValue(name, out string? value) && value.Length > 0 ? value : null;
        bool Flag(string name) => string.Equals(Text(name), "True", StringComparison.OrdinalIgnoreCase);
        int? Number(string name) => int.TryParse(Text(name), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;
        string[] List(string name, string otherwise) => [.. (Text(name) ?? otherwise).Split(',').Select(one => one.Trim()).Where(one => one.Length > 0)];
    }

    /// <summary>Why no machine of this size can be made of a source; null where one can.</summary>
    /// <param name="source">The source.</param>
    /// <param name="securityType">The machine's security type; <c>Standard</c> for none.</param>
    /// <param name="zone">Its zone; null for none.</param>
    public ImageServiceException? WhyNot(MachineSource source, string securityType, string? zone)
    {
        if (Restriction is not null)
        {
            return Refuse("SizeRestricted", $"The subscription can't have the size {Name} there ({Restriction}).", "Choose another size or region, or ask for it (aka.ms/azureskunotavailable).");
        }

        if (!Has(source.Architecture, Architecture))
        {
            return Refuse("SizeArchitectureMismatch", $"The size {Name} is {Architecture}, and the {source.Description} is {source.Architecture}.", "Choose a size of that architecture.");
        }

        if (!Generations.Contains(source.Generation, StringComparer.OrdinalIgnoreCase))
        {
            return Refuse("SizeGenerationMismatch", $"The size {Name} starts generation {string.Join(", ", Generations)} alone, and the {source.Description} is {source.Generation}.", "Choose a size of that generation.");
        }

        if (!Controllers.Intersect(source.Controllers, StringComparer.OrdinalIgnoreCase).Any())
        {
            return Refuse(
                "SizeControllerMismatch",
                $"The size {Name} has disks behind {string.Join(", ", Controllers)} alone, and the {source.Description} says that it starts behind {string.Join(", ", source.Controllers)}.",
                "Choose a size of version 5 or before; or, where the guest has the driver, say so in its image definition (New-AzCapturedImage -DiskControllerType NVMe, -UpdateDefinition).");
        }

        bool fits = Has(securityType, SecurityTypes.TrustedLaunch) ? HasTrustedLaunch && !IsConfidential : Has(securityType, SecurityTypes.ConfidentialVM) ? IsConfidential : true;
        if (!fits)
        {
            return Refuse("SizeSecurityTypeMismatch", $"The size {Name} has no {securityType}.", "Choose another size, or another -SecurityType where the source allows it.");
        }

        if (source.DataDiskCount > MostDataDisks)
        {
            return Refuse("SizeTakesFewerDisks", $"The size {Name} takes {MostDataDisks} data disks, and the {source.Description} brings {source.DataDiskCount}.", "Choose a larger size.");
        }

        return zone is not null && !Zones.Contains(zone, StringComparer.Ordinal)
            ? Refuse("SizeNotInZone", $"The size {Name} is not in zone {zone} there.", Zones.Count == 0 ? "Leave -Zone out." : $"Choose zone {string.Join(" or ", Zones)}.")
            : null;
    }

    private ImageServiceException Refuse(string errorId, string message, string remedy) => new(errorId, ErrorKind.InvalidArgument, message, remedy, Name);

    private static bool Has(string one, string other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase);
}
