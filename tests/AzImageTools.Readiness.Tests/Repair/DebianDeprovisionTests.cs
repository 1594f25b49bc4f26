using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Images;
using AzImageTools.Disks.Volumes;
using AzImageTools.Readiness.Rules;
using AzImageTools.Readiness.Tests.Guests;
using AzImageTools.TestKit;

namespace AzImageTools.Readiness.Tests.Repair;

/// <summary>A Debian deprovisioned on its disk, beside one deprovisioned by the real agent and the real cloud-init.</summary>
public sealed class DebianDeprovisionTests(DebianRoot root) : IClassFixture<DebianRoot>
{
    private static readonly ReadinessOptions Deprovision = new() { Purpose = ReadinessPurpose.Deprovision };

    private const string Backup = "userdel keeps what it changed; offline, an older copy stays";

    /// <summary>What differs, and why.</summary>
    private static readonly Dictionary<string, string> Differences = new(StringComparer.Ordinal)
    {
        ["etc/group-: other content"] = Backup,
        ["etc/gshadow-: other content"] = Backup,
        ["etc/machine-id: left offline"] = "empty, as the instructions for Azure have it, where cloud-init deletes it: systemd makes a new one of either",
        ["etc/passwd-: other content"] = Backup,
        ["etc/shadow-: other content"] = Backup,
        ["etc/shadow: other content"] = "root was locked already; the agent writes its entry anew, as the first one",
        ["etc/subgid-: other content"] = Backup,
        ["etc/subuid-: other content"] = Backup,
        ["run/utmp: left by the programs"] = "userdel's, in what a machine has in memory",
    };

    [Fact]
    public async Task A_disk_is_deprovisioned_as_the_agent_and_cloud_init_do_it_but_for_what_is_named()
    {
        root.SkipUnlessMade();
        string disk = await root.ToDiskAsync("offline.raw");
        Assert.NotEqual(GeneralizationState.Generalized, OfflineRepair.Judge(disk, Deprovision).Generalization);
        IReadOnlyList<string> changes = OfflineRepair.Apply(disk, Deprovision);
        TestContext.Current.TestOutputHelper?.WriteLine(string.Join('\n', changes));
        Assert.DoesNotContain(changes, static change => change.Contains("ssh-rsa", StringComparison.Ordinal));

        ReadinessReport report = OfflineRepair.Judge(disk, Deprovision);
        Assert.Equal(GeneralizationState.Generalized, report.Generalization);
        Assert.DoesNotContain(report.Findings, static finding => finding.Result == FindingResult.Fail);

        string written = await root.ToDiskAsync("written.raw");
        await OfflineRepair.WriteAsync(disk, written);
        await ExternalTool.RunAsync("e2fsck", "-fn", written);

        await root.RunInsideAsync("waagent", "-deprovision+user", "-force");
        await root.RunInsideAsync("cloud-init", "clean", "--logs", "--seed", "--machine-id");
        string[] differences = [.. Compare(written, await root.ToDiskAsync("real.raw"))];
        TestContext.Current.TestOutputHelper?.WriteLine(string.Join('\n', differences));
        Assert.Equal(Differences.Keys.Order(StringComparer.Ordinal), differences.Order(StringComparer.Ordinal));
    }

    private static IEnumerable<string> Compare(string one, string other)
    {
        using VirtualDisk first = DiskOpener.Open(one);
        using VirtualDisk second = DiskOpener.Open(other);
        using OpenedImage offline = new(first);
        using OpenedImage real = new(second);
        return [.. Compare(offline.Linux!.Files, real.Linux!.Files, string.Empty)];
    }

    private static IEnumerable<string> Compare(IFileSystem offline, IFileSystem real, string folder)
    {
        Dictionary<string, FileSystemEntry> one = offline.Enumerate(folder).ToDictionary(static entry => entry.Name, StringComparer.Ordinal);
        Dictionary<string, FileSystemEntry> other = real.Enumerate(folder).ToDictionary(static entry => entry.Name, StringComparer.Ordinal);
        foreach (string name in one.Keys.Union(other.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            string path = folder.Length == 0 ? name : $"{folder}/{name}";
            if (path == "dev")
            {
                // Devices have no content.
                continue;
            }

            if (!one.TryGetValue(name, out FileSystemEntry? here) || !other.TryGetValue(name, out FileSystemEntry? there))
            {
                yield return $"{path}: {(one.ContainsKey(name) ? "left offline" : "left by the programs")}";
            }
            else if (here.IsDirectory && there.IsDirectory && !here.IsLink)
            {
                foreach (string difference in Compare(offline, real, path))
                {
                    yield return difference;
                }
            }
            else if (here.IsLink != there.IsLink || here.IsDirectory != there.IsDirectory || here.Length != there.Length || (!here.IsLink && here.Length < 1 << 20 && !Read(offline, path).AsSpan().SequenceEqual(Read(real, path))))
            {
                yield return $"{path}: other content";
            }
        }
    }

    private static byte[] Read(IFileSystem files, string path)
    {
        using Stream stream = files.OpenFile(path);
        using MemoryStream bytes = new();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }
}
