namespace AzImageTools.Readiness.Linux;

/// <summary>The distributions that are prepared for Azure in different ways.</summary>
internal enum LinuxDistribution
{
    /// <summary>One without instructions of its own.</summary>
    Other,

    /// <summary>Ubuntu before 18.04.</summary>
    UbuntuBefore1804,

    /// <summary>Ubuntu from 18.04 on.</summary>
    Ubuntu,

    /// <summary>Debian.</summary>
    Debian,

    /// <summary>Red Hat Enterprise Linux and what is made from it.</summary>
    RedHat,

    /// <summary>Oracle Linux.</summary>
    Oracle,

    /// <summary>SUSE Linux Enterprise and openSUSE.</summary>
    Suse,

    /// <summary>Azure Linux.</summary>
    AzureLinux,

    /// <summary>Flatcar Container Linux.</summary>
    Flatcar,
}
