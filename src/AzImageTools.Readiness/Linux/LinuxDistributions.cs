using System.Globalization;
using AzImageTools.Disks.Inspection;

namespace AzImageTools.Readiness.Linux;

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
