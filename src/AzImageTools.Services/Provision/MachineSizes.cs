using AzImageTools.Disks;
using AzImageTools.Services.Images;
using AzImageTools.Services.Session;
using Azure.Core;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;

namespace AzImageTools.Services.Provision;

/// <summary>Chooses the size of a machine, or checks one: before anything is made.</summary>
internal sealed class MachineSizes
{
    /// <summary>What is tried in turn where no size is asked for: small ones of the general kind, SCSI before NVMe; Arm64 and confidential ones at the end.</summary>
    private static readonly string[] Usual =
    [
        "Standard_D2s_v5", "Standard_D2as_v5", "Standard_D2s_v3", "Standard_D2ds_v5", "Standard_B2ms", "Standard_D2s_v6", "Standard_D2as_v6", "Standard_D4s_v5", "Standard_D4as_v5",
        "Standard_D2ps_v5", "Standard_D2ps_v6", "Standard_DC2as_v5", "Standard_DC2ads_v5", "Standard_DC2es_v5",
    ];

    private readonly AzureLocation _location;
    private readonly Dictionary<string, MachineSize> _sizes;
    private readonly Dictionary<string, long> _left;

    private MachineSizes(AzureLocation location, Dictionary<string, MachineSize> sizes, Dictionary<string, long> left)
    {
        _location = location;
        _sizes = sizes;
        _left = left;
    }

    /// <summary>Reads what there is in a region, and how many cores are left.</summary>
    public static Task<MachineSizes> ReadAsync(ImageSession session, AzureLocation location, OperationContext context)
        => AzureErrors.CallAsync($"Listing the sizes in {location.Name}", location.Name, async () =>
        {
            Dictionary<string, MachineSize> sizes = new(StringComparer.OrdinalIgnoreCase);
            await foreach (ComputeResourceSku sku in session.Subscription.GetComputeResourceSkusAsync($"location eq '{location.Name}'", includeExtendedLocations: null, context.Cancellation).InBounds().ConfigureAwait(false))
            {
                if (string.Equals(sku.ResourceType, "virtualMachines", StringComparison.OrdinalIgnoreCase))
                {
                    sizes[sku.Name] = MachineSize.Of(sku);
                }
            }

            Dictionary<string, long> left = new(StringComparer.OrdinalIgnoreCase);
            await foreach (ComputeUsage usage in session.Subscription.GetUsagesAsync(location, context.Cancellation).InBounds().ConfigureAwait(false))
            {
                left[usage.Name.Value] = usage.Limit - usage.CurrentValue;
            }

            return new MachineSizes(location, sizes, left);
        });

    /// <summary>A size that fits.</summary>
    /// <param name="asked">The one asked for; null to choose.</param>
    /// <param name="source">What the machine is made of.</param>
    /// <param name="securityType">The security type asked for; null to choose.</param>
    /// <param name="zone">The machine's zone; null for none.</param>
    /// <returns>The size, and the machine's security type.</returns>
    /// <exception cref="ImageServiceException">None does, with the reason (SizeNotFound, Size…Mismatch, SizeRestricted, SizeNotInZone, CoreQuotaExceeded, SecurityType…).</exception>
    public (MachineSize Size, string SecurityType) Choose(string? asked, MachineSource source, string? securityType, string? zone)
    {
        if (asked is not null)
        {
            MachineSize size = _sizes.TryGetValue(asked, out MachineSize? known) ? known : throw new ImageServiceException(
                "SizeNotFound", ErrorKind.NotFound, $"There is no size '{asked}' in {_location.Name}.", $"Such as: {string.Join(", ", Usual.Where(_sizes.ContainsKey).Take(5))}.", asked);
            string security = SecurityOf(source, securityType, size);
            return WhyNot(size, source, security, zone) is { } refusal ? throw refusal : (size, security);
        }

        ImageServiceException? first = null;
        foreach (MachineSize size in Usual.Where(_sizes.ContainsKey).Select(name => _sizes[name]))
        {
            string security = SecurityOf(source, securityType, size);
            if (WhyNot(size, source, security, zone) is not { } refusal)
            {
                return (size, security);
            }

            first ??= refusal;
        }

        throw new ImageServiceException("NoSizeFits", ErrorKind.NotSupported, $"None of the usual sizes in {_location.Name} fits. {first?.Message}", "Give one with -Size.", source.Id, first);
    }

    /// <summary>Refuses a second machine of a size that one has already, where the cores for it are used up. A size that is not listed is left to Azure.</summary>
    /// <param name="size">The size.</param>
    /// <exception cref="ImageServiceException">They are (CoreQuotaExceeded).</exception>
    public void CheckCores(string? size)
    {
        if (size is not null && _sizes.TryGetValue(size, out MachineSize? known) && WhyNoCores(known) is { } refusal)
        {
            throw refusal;
        }
    }

    /// <summary>The machine's security type: what the source demands, what was asked for, or the best that both allow.</summary>
    private static string SecurityOf(MachineSource source, string? asked, MachineSize size)
    {
        string? demanded = IsOne(source.SecurityType, SecurityTypes.TrustedLaunch) ? SecurityTypes.TrustedLaunch : IsOne(source.SecurityType, SecurityTypes.ConfidentialVM) ? SecurityTypes.ConfidentialVM : null;
        if (demanded is not null)
        {
            return asked is null || IsOne(asked, demanded) ? demanded : throw new ImageServiceException(
                "SecurityTypeMismatch", ErrorKind.InvalidArgument, $"Machines of the {source.Description} have to be {demanded}, not {asked}.", "Leave -SecurityType out.", source.Id);
        }

        bool offersTrustedLaunch = source.SecurityType.StartsWith(SecurityTypes.TrustedLaunch, StringComparison.OrdinalIgnoreCase);
        bool offersConfidential = source.SecurityType.IndexOf("Confidential", StringComparison.OrdinalIgnoreCase) >= 0;
        if (asked is null)
        {
            return offersTrustedLaunch && IsOne(source.Generation, "V2") && size.HasTrustedLaunch && !size.IsConfidential ? SecurityTypes.TrustedLaunch : SecurityTypes.Standard;
        }

        bool isOffered = IsOne(asked, SecurityTypes.TrustedLaunch) ? offersTrustedLaunch : IsOne(asked, SecurityTypes.ConfidentialVM) ? offersConfidential : true;
        return isOffered ? asked : throw new ImageServiceException(
            "SecurityTypeNotSupported", ErrorKind.InvalidArgument, $"The {source.Description} says nothing of {asked} ({source.SecurityType}, generation {source.Generation}).", "Leave -SecurityType out, or publish it with an image definition that has it.", source.Id);
    }

    private static bool IsOne(string value, string other) => string.Equals(value, other, StringComparison.OrdinalIgnoreCase);

    private ImageServiceException? WhyNot(MachineSize size, MachineSource source, string securityType, string? zone)
    {
        return size.WhyNot(source, securityType, zone) ?? WhyNoCores(size);
    }

    private ImageServiceException? WhyNoCores(MachineSize size)
    {
        foreach ((string counted, string words) in new[] { ("cores", $"cores in {_location.Name}"), (size.Family, $"cores of the family {size.Family} in {_location.Name}") })
        {
            if (_left.TryGetValue(counted, out long left) && left < size.Cores)
            {
                return new ImageServiceException(
                    "CoreQuotaExceeded",
                    ErrorKind.InvalidState,
                    $"The size {size.Name} takes {size.Cores} cores, and the subscription has {Math.Max(0, left)} {words} left.",
                    "Choose a smaller size, another family or region, delete machines, or ask for more (aka.ms/ProdportalCRP).",
                    size.Name);
            }
        }

        return null;
    }
}
