using System.Security;

namespace AzImageTools.Services.Provision;

/// <summary>Which virtual machine to make of what.</summary>
public sealed record MachineRequest
{
    /// <summary>The machine's name.</summary>
    public required string Name { get; init; }

    /// <summary>Its resource group, which is there.</summary>
    public required string ResourceGroupName { get; init; }

    /// <summary>
    /// What it is made of: the resource id of an image version, image definition (its newest version), managed image or managed disk, the id of a community or shared
    /// gallery's image, or <c>publisher:offer:sku:version</c>. A disk becomes the machine's own.
    /// </summary>
    public required string Source { get; init; }

    /// <summary>Its region; the source's or the resource group's when null.</summary>
    public string? Location { get; init; }

    /// <summary>Its size, such as <c>Standard_D2s_v5</c>; one of the usual ones that fits when null.</summary>
    public string? Size { get; init; }

    /// <summary>Its zone, 1 to 3; none when null.</summary>
    public string? Zone { get; init; }

    /// <summary><c>Standard</c>, <c>TrustedLaunch</c> or <c>ConfidentialVM</c>; the best that source and size allow when null.</summary>
    public string? SecurityType { get; init; }

    /// <summary>The administrator's name. Needed for a generalized source; a specialized one has its own users.</summary>
    public string? UserName { get; init; }

    /// <summary>The administrator's password; needed for Windows.</summary>
    public SecureString? Password { get; init; }

    /// <summary>The administrator's public keys for SSH (Linux).</summary>
    public IReadOnlyList<string> SshPublicKeys { get; init; } = [];

    /// <summary>The licence brought along, such as <c>Windows_Server</c>; none when null.</summary>
    public string? LicenseType { get; init; }

    /// <summary>The subnet to join; a private network of its own when null.</summary>
    public string? SubnetId { get; init; }

    /// <summary>Whether the machine may reach the internet from the network of its own. From outside nobody reaches it.</summary>
    public bool AllowOutboundAccess { get; init; }

    /// <summary>The storage of its OS disk, such as <c>Premium_LRS</c>; Azure's default when null.</summary>
    public string? StorageAccountType { get; init; }

    /// <summary>Whether to accept the terms of the Marketplace plan for the subscription, where they are not.</summary>
    public bool AcceptTerms { get; init; }

    /// <summary>Tags for the machine and what is made with it.</summary>
    public IReadOnlyDictionary<string, string>? Tag { get; init; }
}
