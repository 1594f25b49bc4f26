namespace AzImageTools.Choices;

/// <summary>What an image definition says of security, by Azure's names.</summary>
public enum ImageSecurity
{
    /// <summary>Nothing.</summary>
    Standard,

    /// <summary>Machines with Trusted Launch alone, with the guest state of the captured one.</summary>
    TrustedLaunch,

    /// <summary>Machines with Trusted Launch or without.</summary>
    TrustedLaunchSupported,

    /// <summary>Confidential machines alone, with the guest state of the captured one.</summary>
    ConfidentialVM,

    /// <summary>Confidential machines and others.</summary>
    ConfidentialVMSupported,

    /// <summary>Machines of any security type.</summary>
    TrustedLaunchAndConfidentialVMSupported,
}
