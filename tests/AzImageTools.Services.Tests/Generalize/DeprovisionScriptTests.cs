using AzImageTools.Services.Generalize;
using AzImageTools.TestKit;

namespace AzImageTools.Services.Tests.Generalize;

/// <summary>The script that deprovisions a Linux, run in a root of its own with BusyBox; what it calls of the system notes that it was called.</summary>
public sealed class DeprovisionScriptTests : IDisposable
{
    private readonly TempFolder _root = new();

    public void Dispose() => _root.Dispose();

    [Fact]
    public async Task It_deprovisions_in_a_unit_of_its_own_and_powers_off_and_leaves_nothing()
    {
        Make();
        (int exitCode, string output, string error) = await RunAsync();

        Assert.True(exitCode == 0, error);
        Assert.StartsWith("Started as azimagetools-deprovision", output, StringComparison.Ordinal);
        Assert.Equal(["waagent -force -deprovision+user", "cloud-init clean --logs --seed", "systemctl poweroff --no-block"], Calls());
        Assert.Equal(string.Empty, await File.ReadAllTextAsync(Inside("etc/machine-id"), TestContext.Current.CancellationToken));
        Assert.False(File.Exists(Inside("var/lib/dbus/machine-id")));
        Assert.False(File.Exists(Inside("etc/sudoers.d/90-cloud-init-users")));
        Assert.Empty(Directory.GetFiles(Inside("run")));
        Assert.Empty(Directory.GetFiles(Inside("var/log")));
    }

    [Fact]
    public async Task A_link_in_the_place_of_the_identifier_is_left_and_so_is_what_it_leads_to()
    {
        Make();
        File.Delete(Inside("etc/machine-id"));
        File.CreateSymbolicLink(Inside("etc/machine-id"), "/kept");
        await File.WriteAllTextAsync(Inside("kept"), "kept", TestContext.Current.CancellationToken);

        await RunAsync();

        Assert.Equal("kept", await File.ReadAllTextAsync(Inside("kept"), TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("waagent", "failed: waagent did not deprovision")]
    [InlineData("cloud-init", "failed: cloud-init did not clean up")]
    public async Task What_fails_leaves_the_machine_up_with_its_agent_and_a_log(string failing, string told)
    {
        Make();
        Program(failing, $"echo '{failing} is broken'; exit 1");

        await RunAsync();

        string log = await File.ReadAllTextAsync(Inside("var/log/azimagetools-deprovision.log"), TestContext.Current.CancellationToken);
        Assert.Contains($"{failing} is broken", log, StringComparison.Ordinal);
        Assert.EndsWith(told, log.TrimEnd(), StringComparison.Ordinal);
        Assert.DoesNotContain("systemctl poweroff --no-block", Calls());
        Assert.Contains("systemctl start walinuxagent.service", Calls());
        Assert.NotEqual(0, new FileInfo(Inside("etc/machine-id")).Length);
    }

    [Theory]
    [InlineData("waagent", 13)]
    [InlineData("systemd-run", 14)]
    public async Task Without_what_it_needs_it_does_not_start(string missing, int expected)
    {
        Make();
        File.Delete(Inside($"usr/sbin/{missing}"));

        (int exitCode, _, string error) = await RunAsync();

        Assert.Equal(expected, exitCode);
        Assert.StartsWith("Not started: ", error, StringComparison.Ordinal);
        Assert.Empty(Calls());
    }

    [Fact]
    public async Task It_does_not_start_twice()
    {
        Make();
        Program("systemctl", "[ \"$1\" = is-active ]");

        Assert.Equal(12, (await RunAsync()).ExitCode);
        Assert.Empty(Calls());
    }

    private string Inside(string path) => _root.File(path);

    private string[] Calls() => File.Exists(Inside("calls")) ? File.ReadAllLines(Inside("calls")) : [];

    private Task<(int ExitCode, string Output, string Error)> RunAsync() => ExternalTool.TryRunAsync("chroot", _root.FullName, "/bin/sh", "/script.sh");

    private void Make()
    {
        ExternalTool.SkipUnlessInstalled("busybox", "chroot");
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "only root may change the root");
        foreach (string folder in new[] { "bin", "usr/sbin", "etc/sudoers.d", "var/log", "var/lib/dbus", "run", "root", "dev" })
        {
            Directory.CreateDirectory(Inside(folder));
        }

        File.Copy(ExternalTool.Find("busybox")!, Inside("bin/busybox"));
        foreach (string applet in new[] { "sh", "id", "cat", "rm", "sync" })
        {
            File.CreateSymbolicLink(Inside($"bin/{applet}"), "busybox");
        }

        File.WriteAllText(Inside("dev/null"), string.Empty);
        File.WriteAllText(Inside("etc/machine-id"), "4f6d9e213c8b6d5f0a017b425a1d0c3e\n");
        File.WriteAllText(Inside("var/lib/dbus/machine-id"), "4f6d9e213c8b6d5f0a017b425a1d0c3e\n");
        File.WriteAllText(Inside("etc/sudoers.d/90-cloud-init-users"), "anna ALL=(ALL) NOPASSWD:ALL\n");
        File.WriteAllText(Inside("script.sh"), GuestScript.Deprovision.Text);
        Program("waagent");
        Program("cloud-init");
        Program("systemctl", "[ \"$1\" != is-active ]");

        // The unit's command comes last.
        Program("systemd-run", "while [ $# -gt 2 ]; do shift; done; \"$1\" \"$2\"; exit 0", isNoted: false);
    }

    private void Program(string name, string then = "exit 0", bool isNoted = true)
    {
        string note = isNoted ? $"[ \"$1\" = is-active ] || echo \"{name} $*\" >> /calls\n" : string.Empty;
        File.WriteAllText(Inside($"usr/sbin/{name}"), $"#!/bin/sh\n{note}{then}\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(Inside($"usr/sbin/{name}"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }
    }
}
