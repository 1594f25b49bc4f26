using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using AzImageTools.Disks.Volumes;
using AzImageTools.Readiness.Guests.Live;
using AzImageTools.Readiness.Rules;
using AzImageTools.TestKit;

namespace AzImageTools.Readiness.Tests;

/// <summary>The Linux that runs here, and folders that stand for the root of one.</summary>
[SupportedOSPlatform("linux")]
public sealed class LiveLinuxGuestTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public LiveLinuxGuestTests() => Assert.SkipUnless(OperatingSystem.IsLinux(), "this machine does not run Linux");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void This_machine_gets_a_report()
    {
        ReadinessReport report = ReadinessCheck.Run(LiveLinuxGuest.Open(), cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(Environment.MachineName, report.Target);
        Assert.Equal(RuleCatalog.Disk.Count + RuleCatalog.Linux.Count, report.Findings.Count);
        Assert.All(RuleCatalog.Disk, rule => Assert.Equal(FindingResult.NotApplicable, Assert.Single(report.Findings, finding => finding.Id == rule.Id).Result));
    }

    [Theory]
    [InlineData("/etc/real", "inside")]
    [InlineData("real", "inside")]
    [InlineData("../../../../../../etc/real", "inside")]
    [InlineData("/etc/./nothing/../real", null)]
    [InlineData("/etc/nothing", null)]
    [InlineData("/etc/link", null)]
    [Trait("Libraries", "net8.0")]
    public void Links_are_followed_within_the_root_only(string target, string? expected)
    {
        Write("etc/real", "inside");
        File.WriteAllText(_folder.File("real"), "outside");
        File.CreateSymbolicLink(Path.Combine(Root, "etc/link"), target);
        LiveLinuxGuest guest = LiveLinuxGuest.Open(Root);

        Assert.Equal(expected, guest.ReadText("etc/link"));
        Assert.True(guest.GetFile("etc/link")!.IsLink);
    }

    [Fact]
    [Trait("Libraries", "net8.0")]
    public void A_folder_that_leads_out_leads_nowhere()
    {
        Directory.CreateDirectory(Root);
        Write("../outside/secret", "x");
        Directory.CreateSymbolicLink(Path.Combine(Root, "etc"), Path.Combine(_folder.FullName, "outside"));
        LiveLinuxGuest guest = LiveLinuxGuest.Open(Root);

        Assert.Null(guest.GetFile("etc/secret"));
        Assert.Empty(guest.Enumerate("etc"));
        Assert.Throws<FileNotFoundException>(() => guest.OpenFile("etc/secret"));
    }

    [Fact]
    public async Task A_pipe_is_not_waited_for()
    {
        ExternalTool.SkipUnlessInstalled("mkfifo");
        Directory.CreateDirectory(Path.Combine(Root, "etc"));
        await ExternalTool.RunAsync("mkfifo", Path.Combine(Root, "etc/fstab"));

        Assert.Equal(string.Empty, LiveLinuxGuest.Open(Root).ReadText("etc/fstab"));
    }

    [Fact]
    public void What_may_not_be_read_is_undetermined_and_never_a_pass()
    {
        Write("etc/os-release", "ID=debian\n");
        Write("etc/shadow", "root:*:1::::::\n");
        Write("etc/ssh/sshd_config", "ClientAliveInterval 180\n");
        File.SetUnixFileMode(Path.Combine(Root, "etc/shadow"), UnixFileMode.None);
        File.SetUnixFileMode(Path.Combine(Root, "etc/ssh"), UnixFileMode.None);
        foreach (string folder in new[] { _folder.FullName, Root, Path.Combine(Root, "etc") })
        {
            File.SetUnixFileMode(folder, (UnixFileMode)0b111_101_101);
        }

        ReadinessReport report = AsNobody(() => ReadinessCheck.Run(LiveLinuxGuest.Open(Root), cancellationToken: TestContext.Current.CancellationToken));

        foreach (string id in new[] { "RootLocked", "SshHostKeys", "SshServer" })
        {
            Finding finding = Assert.Single(report.Findings, finding => finding.Id == id);
            Assert.True(finding.Result is FindingResult.Undetermined or FindingResult.Fail, finding.ToString());
            Assert.Contains("run this as root", finding.ToString(), StringComparison.Ordinal);
        }

        Assert.NotEqual(GeneralizationState.Generalized, report.Generalization);
        Assert.Contains("RootLocked", report.NotChecked.Select(finding => finding.Id));
    }

    [Fact]
    public void Names_and_sizes_are_told_as_they_are()
    {
        Write("var/lib/dhcp/a b.leases", "12345");
        LiveLinuxGuest guest = LiveLinuxGuest.Open(Root);

        FileSystemEntry entry = Assert.Single(guest.Enumerate("var/lib/dhcp"));
        Assert.Equal(("a b.leases", 5, false, false), (entry.Name, entry.Length, entry.IsDirectory, entry.IsLink));
        Assert.True(guest.GetFile("/var/lib/")!.IsDirectory);
        Assert.Null(guest.GetFile("var/lib/dhcp/a b.leases/below"));
        Assert.Empty(guest.Enumerate("var/none"));
    }

    [Fact]
    public void There_must_be_such_a_folder()
        => Assert.Throws<DirectoryNotFoundException>(() => LiveLinuxGuest.Open(Path.Combine(Root, "none")));

    /// <summary>Looks with the rights of nobody where this is root: of this thread alone (setfsuid(2)).</summary>
    private static T AsNobody<T>(Func<T> look)
    {
        const uint nobody = 65534;
        uint self = SetFileSystemUser(nobody);
        try
        {
            return look();
        }
        finally
        {
            _ = SetFileSystemUser(self);
        }
    }

    [DllImport("libc", EntryPoint = "setfsuid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern uint SetFileSystemUser(uint user);

    private string Root => _folder.File("root");

    private void Write(string path, string text)
    {
        string file = Path.Combine(Root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }
}
