using System.Globalization;
using AzImageTools.Disks.Inspection;

namespace AzImageTools.Readiness.Guests.Linux;

/// <summary>Tells the distribution by the ID of its os-release.</summary>
internal static class LinuxDistributions
{
    private const double FirstUbuntuWithoutResolvconf = 18.04;

    public static LinuxDistribution Of(GuestIdentity? identity) => identity?.Distribution switch
    {
        "ubuntu" => double.TryParse(identity.Version, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double version) && version < FirstUbuntuWithoutResolvconf
            ? LinuxDistribution.UbuntuBefore1804
            : LinuxDistribution.Ubuntu,
        "debian" => LinuxDistribution.Debian,
        "rhel" or "centos" or "almalinux" or "rocky" or "fedora" => LinuxDistribution.RedHat,
        "ol" => LinuxDistribution.Oracle,
        "azurelinux" or "mariner" => LinuxDistribution.AzureLinux,
        "flatcar" or "coreos" => LinuxDistribution.Flatcar,
        { } id when id.StartsWith("sle", StringComparison.Ordinal) || id.StartsWith("opensuse", StringComparison.Ordinal) || id == "suse" => LinuxDistribution.Suse,
        _ => LinuxDistribution.Other,
    };

    /// <summary>Whether it is an Ubuntu of any version.</summary>
    public static bool IsUbuntu(this LinuxDistribution distribution) => distribution is LinuxDistribution.Ubuntu or LinuxDistribution.UbuntuBefore1804;
}

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
