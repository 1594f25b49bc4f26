using System.Text;
using AzImageTools.Fuzz.Images;

namespace AzImageTools.Fuzz.Grammar;

/// <summary>
/// A Linux on an ext volume: where rules expect files there are texts that keep patterns busy, folders, devices, links to nowhere, to
/// themselves, to each other and to what is above; the volume itself lies sometimes too.
/// </summary>
internal static class GuestGrammar
{
    private const int LongestText = 30_000;
    private const int LongestTarget = 59;

    private static readonly string[] Others =
    [
        "bin/sh", "usr/bin/sh", "usr/sbin/waagent", "usr/bin/cloud-init", "usr/sbin/sshd", "boot/vmlinuz-6.1.0-28-amd64", "boot/initrd.img-6.1.0-28-amd64", "boot/efi/EFI/BOOT/BOOTX64.EFI", "boot/efi/EFI/Linux/a.efi",
        "var/lib/waagent", "var/lib/cloud/instance", "var/log/waagent.log", "root/.ssh/authorized_keys", "root/.bash_history", "home/anna/.ssh/id_rsa", "swapfile", "var/lib/dhcp/a.leases", "etc/rc3.d/S01ssh",
        "etc/systemd/system/sshd.service", "lib/systemd/system/ssh.service", "usr/lib/python3/dist-packages/azurelinuxagent/common/version.py", "etc/opt/microsoft/mdatp/mdatp_onboard.json", "var/opt/azcmagent/agentconfig.json",
    ];

    private static readonly string[] Systems =
    [
        "ID=debian\nVERSION_ID=\"12\"\n", "ID=ubuntu\nVERSION_ID=\"24.04\"\n", "ID=rhel\nVERSION_ID=\"9.4\"\n", "ID=sles\nVERSION_ID=\"15.6\"\n", "ID=alpine\nVERSION_ID=3.20\n", "ID=azurelinux\nVERSION_ID=3.0\n", "ID=flatcar\n", "ID=arch\n", "ID=nixos\n",
    ];

    public static MutableImage Make(FuzzRandom random)
    {
        GuestFolder root = new();
        string[] paths = [.. EvidenceGrammar.LinuxPaths, .. Others];
        foreach (string path in paths)
        {
            if (!random.OneIn(3))
            {
                root.Put(path, MakeNode(random, path, paths));
            }
        }

        if (!random.OneIn(20))
        {
            root.Put("etc/os-release", new GuestFile(Encoding.ASCII.GetBytes(random.Pick(Systems))));
        }

        return ExtGrammar.Make(random, root, isSound: !random.OneIn(4));
    }

    private static GuestNode MakeNode(FuzzRandom random, string path, string[] paths)
        => random.Below(12) switch
        {
            0 => new GuestFolder(),
            1 => new GuestFile([]) { Type = random.Pick([0x1000, 0x2000, 0x6000, 0xC000]) },
            2 => Link(random.Pick(["missing", "/" + path, ".", "..", "/", "../../../../../..", "/proc/self/root", "/dev/sda", path, random.Pick(paths)])),
            3 => Link("/" + random.Pick(paths)),
            4 => new GuestFile(new byte[random.Below(3000)]),
            5 => new GuestFile([]),
            _ => new GuestFile(Cut(EvidenceGrammar.LinuxText(random))),
        };

    private static GuestLink Link(string target) => new(target[..Math.Min(target.Length, LongestTarget)]);

    private static byte[] Cut(string text) => Encoding.UTF8.GetBytes(text[..Math.Min(text.Length, LongestText)]);
}

/// <summary>What a folder of a guest that is made holds under a name.</summary>
internal abstract record GuestNode;

/// <summary>A file, or with another type (inode(7)) a device, a pipe or a socket.</summary>
internal sealed record GuestFile(byte[] Content) : GuestNode
{
    public int Type { get; init; } = 0x8000;
}

/// <summary>A symbolic link.</summary>
internal sealed record GuestLink(string Target) : GuestNode;

/// <summary>A folder.</summary>
internal sealed record GuestFolder : GuestNode
{
    /// <summary>What it holds.</summary>
    public SortedDictionary<string, GuestNode> Nodes { get; } = new(StringComparer.Ordinal);

    /// <summary>Puts something at a path, with the folders that it needs; what stands in the way stays.</summary>
    public void Put(string path, GuestNode node)
    {
        int end = path.IndexOf('/');
        if (end < 0)
        {
            Nodes[path] = node;
            return;
        }

        string first = path[..end];
        if (!Nodes.TryGetValue(first, out GuestNode? below))
        {
            Nodes.Add(first, below = new GuestFolder());
        }

        (below as GuestFolder)?.Put(path[(end + 1)..], node);
    }
}
