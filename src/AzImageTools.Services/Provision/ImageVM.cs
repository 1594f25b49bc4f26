using AzImageTools.Disks;

namespace AzImageTools.Services.Provision;

/// <summary>A virtual machine that was made of an image or disk. Az cmdlets bind it by its properties' names.</summary>
public sealed record ImageVM
{
    /// <summary>Its resource id.</summary>
    public required string Id { get; init => field = PrintableText.Of(value); }

    /// <summary>Its name.</summary>
    public required string Name { get; init => field = PrintableText.Of(value); }

    /// <summary>Its resource group.</summary>
    public required string ResourceGroupName { get; init => field = PrintableText.Of(value); }

    /// <summary>Its region.</summary>
    public required string Location { get; init => field = PrintableText.Of(value); }

    /// <summary>The subscription's id.</summary>
    public required string SubscriptionId { get; init => field = PrintableText.Of(value); }

    /// <summary>Its name, as Az cmdlets for what belongs to a machine bind it.</summary>
    public string VMName => Name;

    /// <summary>What Azure calls the machine by inside.</summary>
    public string? VmId { get; init => field = PrintableText.OfOptional(value); }

    /// <summary>Its size.</summary>
    public required string Size { get; init => field = PrintableText.Of(value); }

    /// <summary>Its zone; null for none.</summary>
    public string? Zone { get; init => field = PrintableText.OfOptional(value); }

    /// <summary><c>Windows</c> or <c>Linux</c>.</summary>
    public required string OsType { get; init => field = PrintableText.Of(value); }

    /// <summary><c>V1</c> or <c>V2</c>.</summary>
    public required string HyperVGeneration { get; init => field = PrintableText.Of(value); }

    /// <summary><c>Standard</c>, <c>TrustedLaunch</c> or <c>ConfidentialVM</c>.</summary>
    public required string SecurityType { get; init => field = PrintableText.Of(value); }

    /// <summary>What it was made of.</summary>
    public required string SourceId { get; init => field = PrintableText.Of(value); }

    /// <summary>The address within its network; null where it is not told.</summary>
    public string? PrivateIPAddress { get; init => field = PrintableText.OfOptional(value); }

    /// <summary>The id of its network interface.</summary>
    public required string NetworkInterfaceId { get; init => field = PrintableText.Of(value); }

    /// <summary>The id of its OS disk.</summary>
    public string? OsDiskId { get; init => field = PrintableText.OfOptional(value); }

    /// <summary>The service's word for its state, such as <c>Succeeded</c>.</summary>
    public required string ProvisioningState { get; init => field = PrintableText.Of(value); }

    /// <summary>Such as <c>running</c>; null where it is not told.</summary>
    public string? PowerState { get; init => field = PrintableText.OfOptional(value); }
}
