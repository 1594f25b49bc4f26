using AzImageTools.Disks.Repair;
using AzImageTools.Readiness.Guests.Linux;
using AzImageTools.Readiness.Rules;

namespace AzImageTools.Readiness.Linux;

/// <summary>
/// The repairs of network settings that one machine's card or addresses are in: DHCP takes their place. What can't be said so in the file itself
/// goes with the file, where cloud-init sets up the network of every new machine; else it stays. Addresses and keys are not told.
/// </summary>
internal static class NetworkRepairs
{
    private const string Disabled = "network-config=disabled";

    private static readonly string[] AddressSettings = ["IPADDR", "NETMASK", "PREFIX", "GATEWAY", "BROADCAST", "NETWORK", "HWADDR", "MACADDR"];
    private static readonly string[] StaticOptions = ["address", "netmask", "gateway", "broadcast", "network", "hwaddress", "dns-nameservers", "dns-search", "pointopoint"];

    /// <summary>Settings of one machine's, of each kind of file.</summary>
    public static IEnumerable<DiskEdit> MakeDynamic(RuleContext context)
    {
        bool isReplaced = context.Linux.CloudInit is { IsEnabled: true, IsDisabled: false };
        foreach ((string path, string text) in NetworkChecks.FindWrong(context))
        {
            string name = path.Substring(path.LastIndexOf('/') + 1);
            if (name.StartsWith("ifcfg-", StringComparison.Ordinal))
            {
                yield return FileEdit.Rewrite(path, MakeAssignmentsDynamic) with { HidesContent = true };
            }
            else if (path.StartsWith("etc/NetworkManager/", StringComparison.Ordinal))
            {
                yield return TextEdits.Lines(path, static (line, _) => MakeKeyfileDynamic(line)) with { HidesContent = true };
            }
            else if (path.StartsWith("etc/network/", StringComparison.Ordinal))
            {
                yield return FileEdit.Rewrite(path, MakeInterfacesDynamic) with { HidesContent = true };
            }
            else if (path == "etc/dhcpcd.conf")
            {
                yield return TextEdits.Without(path, static (line, _) => line.TrimStart().StartsWith("static ", StringComparison.Ordinal)) with { HidesContent = true };
            }
            else if (path.StartsWith("etc/udev/", StringComparison.Ordinal))
            {
                yield return TextEdits.Without(path, static (line, _) => NetworkChecks.JudgeUdev(line) is not null);
            }
            else if (name.EndsWith(".link", StringComparison.Ordinal) || path.IndexOf(".link.d/", StringComparison.Ordinal) > 0 || isReplaced)
            {
                yield return FileEdit.Delete(path);
            }
        }

        foreach (DiskEdit edit in ConfigurationRepairs.KernelLines(context, KernelParameterRepair.Without(static parameter
            => parameter.StartsWith("ifname=", StringComparison.Ordinal) || (parameter.StartsWith("ip=", StringComparison.Ordinal) && parameter.Length > 3 && char.IsDigit(parameter[3]) && parameter.IndexOf('.') > 0))))
        {
            yield return edit;
        }
    }

    /// <summary>cloud-init sets up the network of a new machine: it is not told to leave it alone, nor given other settings than Azure's.</summary>
    public static IEnumerable<DiskEdit> EnableCloudInit(RuleContext context)
    {
        if (context.Linux.CloudInit.Network is { } network)
        {
            yield return TextEdits.IsOf(context.Guest.ReadText(network.Line.Path) ?? string.Empty, "network") && network.Line.Path.StartsWith(CloudInit.Folder, StringComparison.Ordinal)
                ? FileEdit.Delete(network.Line.Path)
                : FileEdit.Rewrite(network.Line.Path, static text => TextEdits.WithoutBlock(text, "network"));
        }

        if (context.Linux.CloudInit.AppliesAzureNetwork is { } line)
        {
            yield return TextEdits.Lines(line.Path, (text, number) => number == line.Number ? text.Substring(0, text.IndexOf("apply_network_config", StringComparison.Ordinal)) + "apply_network_config: true" : text);
        }

        foreach (DiskEdit edit in ConfigurationRepairs.KernelLines(context, KernelParameterRepair.Without(static parameter => parameter == Disabled)))
        {
            yield return edit;
        }
    }

    /// <summary>netplan's settings, where cloud-init writes new ones.</summary>
    public static IEnumerable<DiskEdit> RemoveNetplan(RuleContext context)
        => context.Linux.CloudInit is { IsEnabled: true, IsDisabled: false }
            ? [.. EnableCloudInit(context), .. context.Guest.FindIn("etc/netplan", static entry => entry.IsLike(string.Empty, ".yaml")).Select(FileEdit.Delete)]
            : [];

    /// <summary>Rules by which an interface's name is that of one card.</summary>
    public static IEnumerable<DiskEdit> RemovePersistentNames(RuleContext context)
        => [
            FileEdit.Delete("etc/udev/rules.d/85-persistent-net-cloud-init.rules"),
            .. context.Guest.FindIn("etc/sysconfig/network", static entry => entry.IsLike("ifcfg-eth", string.Empty)).Select(FileEdit.Delete),
        ];

    // ifcfg(5), and SUSE's: BOOTPROTO.
    private static string MakeAssignmentsDynamic(string text)
    {
        bool isSet = false;
        string changed = TextEdits.ChangeLines(text, (line, _) =>
        {
            string name = line.Split('=')[0].Trim();
            if (name == "BOOTPROTO" && !isSet)
            {
                isSet = true;
                return "BOOTPROTO=dhcp";
            }

            return Array.Exists(AddressSettings, start => name.StartsWith(start, StringComparison.Ordinal) && name.Substring(start.Length).TrimStart('_').All(char.IsDigit)) ? null : line;
        });
        return isSet ? changed : TextEdits.Append(changed, "BOOTPROTO=dhcp");
    }

    // nm-settings-keyfile(5).
    private static string? MakeKeyfileDynamic(string line) => line.Split('=')[0].Trim() switch
    {
        "mac-address" or "addresses" or "gateway" => null,
        "cloned-mac-address" when line.IndexOf(':') > 0 => null,
        "method" when line.TrimEnd().EndsWith("manual", StringComparison.Ordinal) => "method=auto",
        { } name when name.StartsWith("address", StringComparison.Ordinal) && name.Skip("address".Length).All(char.IsDigit) && line.IndexOf('=') > 0 => null,
        _ => line,
    };

    // interfaces(5): the options of a stanza follow it.
    private static string MakeInterfacesDynamic(string text)
    {
        bool isStatic = false;
        return TextEdits.ChangeLines(text, (line, _) =>
        {
            string[] words = line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            if (words is ["iface", not "lo", _, "static", ..])
            {
                isStatic = true;
                return line.Substring(0, line.LastIndexOf("static", StringComparison.Ordinal)) + "dhcp";
            }

            isStatic &= words is not (["iface", ..] or ["auto", ..] or ["mapping", ..] or ["source", ..] or ["source-directory", ..])
                && (words.Length == 0 || !words[0].StartsWith("allow-", StringComparison.Ordinal));
            return words.Length > 0 && (words[0] == "hwaddress" || (isStatic && Array.IndexOf(StaticOptions, words[0]) >= 0)) ? null : line;
        });
    }
}
