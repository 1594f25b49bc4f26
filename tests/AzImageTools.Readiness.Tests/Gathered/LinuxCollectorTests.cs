using System.Runtime.Versioning;
using AzImageTools.Readiness.Guests.Gathered;
using AzImageTools.Readiness.Guests.Live;
using AzImageTools.Readiness.Rules;
using AzImageTools.Readiness.Tests.Guests;

namespace AzImageTools.Readiness.Tests.Gathered;

/// <summary>The collector for Linux in BusyBox. In dash and GNU's programs it runs on the Debian of DebianRootTests.</summary>
[SupportedOSPlatform("linux")]
public sealed class LinuxCollectorTests
{
    /// <summary>
    /// Archives that the system's own tool does not unpack, or that lie where a boot entry alone tells, are not known; nor is what
    /// Debian's package database says.
    /// </summary>
    private static readonly string[] Unpacked = ["HyperVInitramfs", "NvmeReady", "LinuxManaDriver", "KernelOptions", "OmiVersion"];

    [Fact]
    [Trait("Libraries", "net8.0")]
    public async Task Evidence_and_the_folder_that_it_was_gathered_in_are_judged_alike_in_every_state_of_every_rule()
    {
        await LinuxFolder.SkipUnlessPossibleAsync();
        List<string> differences = [];
        int judged = 0;

        // What is in a unified kernel image is not gathered.
        foreach (RuleState state in LinuxAzureStates.All.Concat(MarketplaceStates.All).Concat(DeprovisionStates.All).Concat(LinuxIdentityStates.All)
            .Where(static state => state.Guest is { IsWhole: true, Identity.Family: Disks.Inspection.GuestFamily.Linux } guest && !guest.Files.Keys.Any(static path => path.Contains("/EFI/Linux/", StringComparison.Ordinal))))
        {
            using LinuxFolder folder = new(state.Guest);
            EvidenceGuest evidence = await folder.GatherAsync();
            ReadinessReport expected = ReadinessCheck.Run(LiveLinuxGuest.Open(folder.Root), state.Options, TestContext.Current.CancellationToken);
            ReadinessReport report = ReadinessCheck.Run(evidence, state.Options, TestContext.Current.CancellationToken);

            judged++;
            Assert.Equal(expected.Guest?.ToString(), report.Guest?.ToString());
            Assert.Equal(expected.Guest?.KernelVersions, report.Guest?.KernelVersions);
            if (expected.Generalization != report.Generalization)
            {
                differences.Add($"{state}\n  {expected.Generalization}: {string.Join("; ", expected.GeneralizationEvidence)}\n  {report.Generalization}: {string.Join("; ", report.GeneralizationEvidence)}");
            }

            differences.AddRange(expected.Findings.Zip(report.Findings)
                .Where(static pair => pair.First.ToString() != pair.Second.ToString())
                .Where(static pair => !(Unpacked.Contains(pair.First.Id) && (pair.Second.Result == FindingResult.Undetermined || pair.Second.ToString().Contains("was not gathered", StringComparison.Ordinal))))
                .Select(pair => $"{state}\n  {pair.First}\n  {pair.Second}"));
        }

        Assert.True(differences.Count == 0, string.Join('\n', differences));
        Assert.True(judged > 100, $"{judged} states were judged");
    }

    [Fact]
    public async Task The_drivers_in_the_initramfs_are_gathered_with_the_system_s_own_tool()
    {
        await LinuxFolder.SkipUnlessPossibleAsync();
        using LinuxFolder folder = new(MemoryGuest.Linux());

        ReadinessReport report = ReadinessCheck.Run(await folder.GatherAsync(), cancellationToken: TestContext.Current.CancellationToken);
        File.Delete(Path.Combine(folder.Root, ".tools/lsinitramfs"));
        ReadinessReport without = ReadinessCheck.Run(await folder.GatherAsync(), cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(FindingResult.Pass, Find(report, "HyperVInitramfs").Result);
        Assert.Equal(FindingResult.Undetermined, Find(without, "HyperVInitramfs").Result);
        Assert.Contains("neither lsinitramfs nor lsinitrd", Find(without, "HyperVInitramfs").ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_secret_is_gathered()
    {
        await LinuxFolder.SkipUnlessPossibleAsync();
        using LinuxFolder folder = new(MemoryGuest.LinuxInUse());
        folder.Write("etc/shadow", "daemon:$y$SECRET0:1::::::\nroot:$y$SECRET1:20000:0:99999:7:::\nanna:SECRET2:1::::::\n");
        folder.Write("etc/passwd", "root:x:0:0:root:/root:/bin/bash\nanna:SECRET3:1000:1000:SECRET4 phone:/home/anna:/bin/bash\n");
        folder.Write("etc/fstab", "//nas/share /mnt cifs username=a,password=SECRET5 0 0\n");
        folder.Write("etc/cloud/cloud.cfg.d/10.cfg", "chpasswd:\n  list: |\n    root:SECRET6\nusers:\n  - passwd: SECRET7\n  - SECRET8\ndatasource_list: [ Azure ]\n");
        folder.Write("etc/waagent.conf", "HttpProxy.Host=http://a:SECRET9@proxy\nProvisioning.Agent=auto\n");
        folder.Write("boot/grub/grub.cfg", "password_pbkdf2 root grub.SECRETA\n\tlinux /vmlinuz root=UUID=1 password=SECRETB rd.iscsi.password=SECRETC console=ttyS0\nset token=\"x password=SECRETD\"\n");
        folder.Write("etc/kernel/cmdline", "key=SECRETE\n");
        folder.Write("etc/ssh/sshd_config", "ClientAliveInterval 180\n# SECRETF\nPassword SECRETG\n");
        folder.Write("etc/ssh/ssh_host_rsa_key", "SECRETH");
        folder.Write("var/lib/waagent/ovf-env.xml", "<UserPassword>SECRETI</UserPassword>");
        folder.Write("root/.bash_history", "export TOKEN=SECRETJ\n");
        folder.Write("etc/sudoers.d/waagent", "SECRETK");
        folder.Write("etc/machine-id", "5ec2e700000000000000000000000000\n");
        folder.Write("etc/netplan/50.yaml", "password: SECRETL\n");
        folder.Write("etc/sysconfig/network", "KEY=SECRETM\nHOSTNAME=web01\n");
        folder.Write("etc/modprobe.d/a.conf", "options x key=SECRETN\n# SECRETO\n");
        folder.Write("var/log/azure/a.log", "SECRETP");
        folder.Write("etc/dracut.conf", "key=SECRETQ\n");
        folder.Write("etc/login.defs", "X SECRETR\n");
        folder.Write("etc/apt/sources.list", "deb http://anna:SECRETS@deb.debian.org/debian bookworm main\n");
        folder.Write("etc/apt/sources.list.d/a.sources", "Types: deb\nURIs: http://anna:SECRETT@deb.debian.org/debian\n");
        folder.Write("etc/yum.repos.d/a.repo", "[SECRETU]\npassword=SECRETV\nenabled=1\n");
        folder.Write("etc/sudoers", "anna ALL=(ALL) ALL # SECRETW\n");
        folder.Write("etc/yum.conf", "proxy_password=SECRETY\n");
        folder.Write("etc/sysconfig/network-scripts/ifcfg-eth0", "KEY=SECRETZ\n");
        int planted = 0;
        foreach (string place in LinuxIdentityStates.Secrets)
        {
            folder.Write(place, $"{{\"auth\": \"SECRETX{planted++}\"}}\n");
        }

        (int exitCode, string output, _) = await folder.CollectAsync();
        string json = EvidenceOutput.Unpack(output);

        Assert.Equal(0, exitCode);
        Assert.DoesNotContain("SECRET", json, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("5ec2e7", json, StringComparison.OrdinalIgnoreCase);
        foreach (string encoded in json.Split("{\"base64\":\"").Skip(1).Select(static part => part.Split('"')[0]))
        {
            Assert.DoesNotContain("SECRET", System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(encoded)), StringComparison.OrdinalIgnoreCase);
        }

        Assert.Contains("root:set", json, StringComparison.Ordinal);
        Assert.Contains("rd.iscsi.password=", json, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Chunks_are_printed_one_a_run_each_fits_Run_Command_and_nothing_stays_behind()
    {
        await LinuxFolder.SkipUnlessPossibleAsync();
        using LinuxFolder folder = new(MemoryGuest.Linux());
        Random random = new(1);
        for (int user = 0; user < 300; user++)
        {
            folder.Write($"home/{random.NextInt64():x16}/x", "x");
        }

        (int exitCode, string first, string error) = await folder.CollectAsync("1");
        Assert.True(exitCode == 0, error);
        int count = int.Parse(first.Split(", ")[1].Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture);
        Assert.InRange(count, 2, 20);
        List<string> outputs = [first];
        for (int number = 2; number <= count; number++)
        {
            (exitCode, string output, error) = await folder.CollectAsync($"chunk={number}");
            Assert.True(exitCode == 0, error);
            outputs.Add(output);
        }

        Assert.All(outputs, static output => Assert.InRange(output.Length, 1, 4096));
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(folder.Root, "run")));
        outputs.Reverse();
        ReadinessReport report = ReadinessCheck.Run(EvidenceGuest.Parse(string.Concat(outputs)), cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(FindingResult.Pass, Find(report, "AgentInstalled").Result);

        (exitCode, string nothing, error) = await folder.CollectAsync("2");
        Assert.NotEqual(0, exitCode);
        Assert.Empty(nothing);
        Assert.Contains("begin with chunk 1", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("x")]
    [InlineData("1; id")]
    [InlineData("-1")]
    public async Task What_is_no_number_of_a_chunk_is_refused(string chunk)
    {
        await LinuxFolder.SkipUnlessPossibleAsync();
        using LinuxFolder folder = new(MemoryGuest.Linux());

        (int exitCode, string output, string error) = await folder.CollectAsync(chunk);

        Assert.Equal(2, exitCode);
        Assert.Empty(output);
        Assert.Contains("no number of a chunk", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Odd_names_and_contents_come_through_whole()
    {
        await LinuxFolder.SkipUnlessPossibleAsync();
        using LinuxFolder folder = new(MemoryGuest.Linux());
        string[] names = ["a b.lease", "q\"u\\o't`e$(id).lease", "tab\there.lease", "line\nbreak.lease", "umläut.lease", "-n.lease", "*.lease"];
        foreach (string name in names)
        {
            folder.Write("var/lib/NetworkManager/" + name, "x");
        }

        folder.Write("etc/hostname", "we\"b\\0\u00e91\n");
        EvidenceGuest guest = await folder.GatherAsync();

        Assert.Equal(
            names.Select(static name => name.Replace('\\', '\uFFFD')).Order(StringComparer.Ordinal),
            guest.Enumerate("var/lib/NetworkManager").Select(static entry => entry.Name).Order(StringComparer.Ordinal));
        Assert.Equal("we\"b\\0\u00e91", guest.ReadText("etc/hostname"));
    }

    private static Finding Find(ReadinessReport report, string id) => Assert.Single(report.Findings, finding => finding.Id == id);
}
