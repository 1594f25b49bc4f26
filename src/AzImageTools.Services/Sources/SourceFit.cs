using AzImageTools.Services.Session;

namespace AzImageTools.Services.Sources;

/// <summary>Tells which sources have what a filter asks for, of what is known only when they are read.</summary>
internal sealed class SourceFit
{
    private readonly ImageSourceFilter _filter;
    private readonly SizeNeeds? _size;

    private SourceFit(ImageSourceFilter filter, SizeNeeds? size)
    {
        _filter = filter;
        _size = size;
    }

    /// <summary>Reads what it takes: the size that images have to fit.</summary>
    /// <exception cref="ImageServiceException">The region has no such size, or no region is known.</exception>
    public static async Task<SourceFit> CreateAsync(ImageSession session, ImageSourceFilter filter, OperationContext context)
        => new(filter, filter.FitsSize is null ? null : await SizeNeeds.ReadAsync(session, await SubscriptionScope.LocationAsync(session, filter, context).ConfigureAwait(false), filter.FitsSize, context).ConfigureAwait(false));

    /// <summary>Whether a source has it all.</summary>
    public bool Takes(ImageSource source)
        => IsOne(source.OsType, _filter.OsType)
            && IsOne(source.Architecture, _filter.Architecture)
            && IsOne(source.HyperVGeneration, _filter.HyperVGeneration)
            && Allows(source.SecurityType, _filter.SecurityType)
            && (_filter.DiskControllerType is null || source.DiskControllerTypes.Contains(_filter.DiskControllerType, StringComparer.OrdinalIgnoreCase))
            && (_size is null || _size.IsMetBy(source));

    private static bool IsOne(string? value, string? wanted) => wanted is null || string.Equals(value, wanted, StringComparison.OrdinalIgnoreCase);

    /// <summary>
    /// Whether machines of an image can have a security type (Microsoft Learn, "Trusted Launch for Azure virtual machines", features of image definitions): TrustedLaunchSupported and
    /// TrustedLaunchAndConfidentialVmSupported leave the choice, TrustedLaunch and ConfidentialVM demand theirs.
    /// </summary>
    private static bool Allows(string has, string? wanted)
    {
        if (wanted is null || IsOne(has, wanted))
        {
            return true;
        }

        return wanted.ToUpperInvariant() switch
        {
            "STANDARD" => !IsOne(has, "TrustedLaunch") && !IsOne(has, "ConfidentialVM"),
            "TRUSTEDLAUNCH" => IsOne(has, "TrustedLaunchSupported") || IsOne(has, "TrustedLaunchAndConfidentialVmSupported"),
            "CONFIDENTIALVM" => IsOne(has, "ConfidentialVmSupported") || IsOne(has, "TrustedLaunchAndConfidentialVmSupported"),
            _ => false,
        };
    }
}
