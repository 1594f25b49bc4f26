using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using AzImageTools.Fuzz.Images;

namespace AzImageTools.Fuzz.Grammar;

/// <summary>
/// Evidence of a machine: a whole document, in which the files that rules read hold text made to keep them busy. Repeated
/// pieces of what patterns look for, long lines, many lines, words that never end.
/// </summary>
internal static class EvidenceGrammar
{
    private const int LongestText = 200_000;
    private const int LineLength = 1200;
    private const int LongestLine = 900_000;
    private const int VastInterval = 80;

    private static readonly string[] LinuxFiles =
    [
        "etc/ssh/sshd_config", "etc/cloud/cloud.cfg", "etc/cloud/ds-identify.cfg", "etc/fstab", "etc/default/grub", "etc/waagent.conf", "etc/os-release", "usr/lib/os-release", "etc/passwd", "etc/shadow",
        "etc/hostname", "etc/network/interfaces", "etc/sysconfig/network", "etc/selinux/config", "etc/login.defs", "etc/sudoers", "etc/dhcp/dhclient.conf", "etc/resolv.conf", "etc/dracut.conf",
        "etc/initramfs-tools/modules", "etc/initramfs-tools/conf.d/resume", "etc/kernel/cmdline", "etc/apt/sources.list", "etc/yum.conf", "etc/machine-id", "boot/grub/grub.cfg", "boot/grub2/grub.cfg",
        "boot/grub2/grubenv", "boot/extlinux/extlinux.conf", "boot/efi/syslinux.cfg", "var/lib/dpkg/status", "lib/modules/6.1.0-28-amd64/modules.dep", "lib/modules/6.1.0-28-amd64/modules.builtin",
        "usr/lib/python3/dist-packages/cloudinit/version.py",
    ];

    // Found by their folders' listings.
    private static readonly string[] LinuxParts =
    [
        "etc/ssh/sshd_config.d/50.conf", "etc/cloud/cloud.cfg.d/90_dpkg.cfg", "etc/netplan/50-cloud-init.yaml", "etc/sysconfig/network-scripts/ifcfg-eth0", "etc/modprobe.d/a.conf", "etc/dracut.conf.d/a.conf",
        "boot/loader/entries/a.conf", "etc/NetworkManager/system-connections/a.nmconnection", "etc/systemd/network/10.link", "etc/systemd/network/10.network", "etc/sudoers.d/a", "etc/apt/sources.list.d/a.list",
        "etc/yum.repos.d/a.repo", "etc/udev/rules.d/70-a.rules", "etc/network/interfaces.d/a", "var/lib/waagent/a.xml",
    ];

    private static readonly string[] WindowsFiles =
    [
        @"Windows\System32\Sysprep\Panther\setupact.log", @"Windows\System32\Sysprep\Panther\setuperr.log", @"Windows\Setup\State\State.ini", @"Windows\Panther\unattend.xml", @"Windows\System32\Sysprep\unattend.xml",
        @"Windows\System32\inetsrv\config\applicationHost.config",
    ];

    /// <summary>The files of a Linux that rules read.</summary>
    public static IEnumerable<string> LinuxPaths => [.. LinuxFiles, .. LinuxParts];

    private static readonly string[] LinuxPieces =
    [
        "PermitRootLogin ", "ClientAliveInterval 1h", "9999999999m", "1s1s1s1s1s1s1s", "Include /etc/ssh/sshd_config.d/*.conf", "Match all", "datasource_list: [", "Azure, ", "None]", "ssh_deletekeys: ",
        "- Azure", "UUID=", "/dev/sda1 ", "LABEL=\\x41\\x41\\x", "GRUB_CMDLINE_LINUX=\"", "console=ttyS0 ", "$kernelopts ", "set a=", "linux /vmlinuz ", "root=UUID=", "options ", "menuentry '", "{ ",
        "ID=debian", "VERSION_ID=\"12\"", "nofail,", "x-systemd.", "#", "=", "\"", "'", "\\", "${", "}", ":", "root:x:0:0:", "$6$", "!", "network: {config: disabled}", "ethernets:", "macaddress: 00:15:5d:01:02:03", "[connection]", "mac-address=00:15:5d:01:02:03", "[Match]", "MACAddress=", "HWADDR=",
        "Defaults targetpw", "deb http://archive.ubuntu.com/ubuntu noble main", "[repo]", "baseurl=", "Package: ", "Version: 1.2.3", "label a", "append ", "initrd /", "insmod ", "kernel/drivers/hv/hv_vmbus.ko: ",
        "PASS_MAX_DAYS ", "supersede host-name", "SELINUX=enforcing", "__version__ = \"", "blacklist hv_", "install ", "\t", " ", "\u001b[2J", "\u202e", "é", "0", "-1",
    ];

    private static readonly string[] WindowsPieces =
    [
        "2026-03-20 15:23:14, Error [0x0f0082] SYSPRP ", "2026-03-20 15:23:14, Fatal Error ", "Beginning of a new sysprep run", "Package ", " was installed for a user, but not provisioned for all users",
        "Could not load DLL ", "LoadLibrary failed for ", "Failed to load ", "Failure occurred while executing '", "' from ", "C:\\a\\", "AppxSysprep.dll", ".dll", ".dll,", "dwRet = 0x422", "SLReArmWindows",
        "returned error code -1073425657", "[State]", "ImageState=", "IMAGE_STATE_COMPLETE", "<settings pass=\"specialize\">", "<!--", "-->", "<component ", "<![CDATA[", "&amp;", "<!DOCTYPE a [<!ENTITY b \"", "0x80310039", "\\", "'", ",", ";", " ", "\t", "[", "]", "a", "\r", "0x", "\u202e", "\u001b[2J",
    ];

    /// <summary>Makes a document out of a whole one.</summary>
    public static MutableImage Make(string whole, FuzzRandom random)
    {
        JsonObject root = JsonNode.Parse(whole)!.AsObject();
        JsonObject files = root["files"]!.AsObject();
        bool isLinux = root["system"]!.GetValue<string>() == "linux";
        foreach (string name in isLinux ? LinuxFiles : WindowsFiles)
        {
            if (isLinux ? random.OneIn(5) : !random.OneIn(3))
            {
                files[name] = File(random, isLinux);
            }
        }

        if (isLinux)
        {
            AddParts(root["folders"]!.AsObject(), random);
        }

        if (random.OneIn(12))
        {
            AddMany(root, random);
        }

        return new MutableImage(JsonSerializer.SerializeToUtf8Bytes(root));
    }

    /// <summary>A file's text, of a Linux.</summary>
    public static string LinuxText(FuzzRandom random) => Text(random, LinuxPieces, isLinux: true);

    private static JsonObject File(FuzzRandom random, bool isLinux)
    {
        byte[] text = Encoding.UTF8.GetBytes(Text(random, isLinux ? LinuxPieces : WindowsPieces, isLinux));
        return new JsonObject { ["length"] = text.Length, ["bytes"] = Convert.ToBase64String(text) };
    }

    private static void AddParts(JsonObject folders, FuzzRandom random)
    {
        foreach (string path in LinuxParts)
        {
            if (random.OneIn(5))
            {
                int end = path.LastIndexOf('/');
                JsonObject file = File(random, isLinux: true);
                file["name"] = path[(end + 1)..];
                folders[path[..end]] = new JsonObject { ["folder"] = true, ["names"] = "*", ["entries"] = new JsonArray(file) };
            }
        }
    }

    private static string Text(FuzzRandom random, string[] pieces, bool isLinux)
    {
        StringBuilder text = new();
        int lines = random.OneIn(10) ? 400 : random.Below(30);
        bool isError = !isLinux && !random.OneIn(4);
        if (random.OneIn(VastInterval))
        {
            // A line as long as a file may be: where looking at it takes its square, it takes minutes.
            string piece = random.OneIn(2) ? random.Pick(pieces) : random.Pick([" ", "a", "\\", "'", "9", "=", "\t", "$", "\"", "a ", "${", "a=", "- ", "/"]);
            text.Append(random.Pick(pieces)).Insert(text.Length, piece, LongestLine / piece.Length).Append(random.Pick(pieces)).Append('\n');
        }

        for (int i = 0; i < lines && text.Length < LongestText; i++)
        {
            if (isError)
            {
                text.Append(pieces[0]);
            }

            switch (random.Below(4))
            {
                case 0:
                    // One piece again and again: what patterns with two stars don't take.
                    string first = random.Pick(pieces);
                    string piece = random.Pick(pieces);
                    text.Append(first).Insert(text.Length, piece, random.OneIn(4) ? LineLength / piece.Length : random.Below(20));
                    break;
                case 1:
                    text.Append(random.Pick(pieces)).Append(random.Pick([' ', 'a', '\\', '\'', '9', '=', '\t', '$', '"']), random.Below(LineLength));
                    break;
                default:
                    for (int count = random.Below(12); count > 0; count--)
                    {
                        text.Append(random.Pick(pieces));
                    }

                    break;
            }

            text.Append(random.OneIn(60) ? "\r\r\n" : "\n");
        }

        return text.ToString();
    }

    /// <summary>Thousands of entries, with patterns that take long to match.</summary>
    private static void AddMany(JsonObject root, FuzzRandom random)
    {
        JsonArray entries = [];
        string name = new(random.Pick(['a', '*', '?', '\\', '.']), random.Pick([1, 60, 128, 2000]));
        for (int i = random.Below(4000); i > 0; i--)
        {
            entries.Add(new JsonObject { ["name"] = name + i.ToString(CultureInfo.InvariantCulture), ["length"] = i });
        }

        string pattern = string.Concat(Enumerable.Repeat(random.Pick(["*a", "*", "?*", "**a"]), random.Pick([1, 20, 60])));
        root["folders"]!.AsObject()[random.Pick(["etc/ssh", "etc/cloud/cloud.cfg.d", "lib/modules", "Windows", "etc/ssh/sshd_config.d"])] = new JsonObject { ["folder"] = true, ["names"] = pattern, ["entries"] = entries };
    }
}
