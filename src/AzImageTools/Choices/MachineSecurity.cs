namespace AzImageTools.Choices;

/// <summary>Security types of virtual machines, by Azure's names.</summary>
public enum MachineSecurity
{
    /// <summary>None.</summary>
    Standard,

    /// <summary>Trusted Launch: Secure Boot and a virtual TPM.</summary>
    TrustedLaunch,

    /// <summary>A confidential machine.</summary>
    ConfidentialVM,
}
