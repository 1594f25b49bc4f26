namespace AzImageTools.Services.Images;

/// <summary>The security types of machines, disks and images, as Azure spells them.</summary>
internal static class SecurityTypes
{
    /// <summary>The security type of what has none.</summary>
    public const string Standard = "Standard";

    /// <summary>Trusted Launch.</summary>
    public const string TrustedLaunch = "TrustedLaunch";

    /// <summary>A confidential machine.</summary>
    public const string ConfidentialVM = "ConfidentialVM";

    /// <summary>Whether it is a security type other than <see cref="Standard"/>.</summary>
    /// <param name="securityType">A security type; null for none.</param>
    public static bool IsSecured(string? securityType) => securityType is not null && !string.Equals(securityType, Standard, StringComparison.OrdinalIgnoreCase);
}
