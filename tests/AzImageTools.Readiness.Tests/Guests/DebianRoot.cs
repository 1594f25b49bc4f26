using AzImageTools.TestKit;

namespace AzImageTools.Readiness.Tests.Guests;

/// <summary>
/// The root folder of a real Debian with the Azure Linux agent and cloud-init, used as a machine in Azure is: provisioned, with a user,
/// an identifier, a lease and a history.
/// </summary>
public sealed class DebianRoot(DebianBase debian) : IAsyncLifetime
{
    private const string Settings = """
        <?xml version="1.0" encoding="utf-8"?>
        <Environment xmlns="http://schemas.dmtf.org/ovf/environment/1" xmlns:wa="http://schemas.microsoft.com/windowsazure">
          <wa:ProvisioningSection><wa:Version>1.0</wa:Version>
            <LinuxProvisioningConfigurationSet xmlns="http://schemas.microsoft.com/windowsazure">
              <HostName>web01</HostName><UserName>anna</UserName><DisableSshPasswordAuthentication>true</DisableSshPasswordAuthentication>
            </LinuxProvisioningConfigurationSet>
          </wa:ProvisioningSection>
          <wa:PlatformSettingsSection><wa:Version>1.0</wa:Version><PlatformSettings xmlns="http://schemas.microsoft.com/windowsazure"><KmsServerHostname>kms.core.windows.net</KmsServerHostname><ProvisionGuestAgent>true</ProvisionGuestAgent></PlatformSettings></wa:PlatformSettingsSection>
        </Environment>
        """;

    private readonly TempFolder _folder = new();

    /// <summary>Why there is none; null where there is one.</summary>
    public string? Problem { get; private set; }

    /// <summary>The folder.</summary>
    public string Path => System.IO.Path.Combine(_folder.FullName, "root");

    /// <summary>Makes it, unless that can't be done here.</summary>
    public async ValueTask InitializeAsync()
    {
        Problem = await debian.CopyAsync(Path);
        if (Problem is not null)
        {
            return;
        }

        await RunInsideAsync("useradd", "--create-home", "--shell", "/bin/bash", "anna");
        await RunInsideAsync("systemd-machine-id-setup");
        Write("etc/hostname", "web01\n");
        Write("etc/resolv.conf", "nameserver 10.0.0.1\n");
        Write("var/lib/waagent/ovf-env.xml", Settings);
        Write("var/lib/waagent/provisioned", "id");
        Write("var/lib/cloud/instances/id/user-data.txt", "#cloud-config\n");
        File.CreateSymbolicLink(System.IO.Path.Combine(Path, "var/lib/cloud/instance"), "/var/lib/cloud/instances/id");
        Write("var/lib/dhcp/dhclient.eth0.leases", "lease {}\n");
        Write("var/log/waagent.log", "x");
        Write("var/log/azure/run-command/handler.log", "x");
        Write("root/.bash_history", new string('x', 2000));
        Write("etc/fstab", "UUID=1 / ext4 defaults 0 1\n");
        Write("boot/grub/grub.cfg", "menuentry 'Debian' {\n\tlinux /boot/vmlinuz root=UUID=1 ro console=ttyS0,115200 earlyprintk=ttyS0,115200 rootdelay=300 quiet\n}\n");
    }

    /// <summary>Skips the running test, saying why, where there is none.</summary>
    public void SkipUnlessMade() => Assert.SkipUnless(Problem is null, Problem ?? string.Empty);

    /// <summary>Runs a program with the folder as its root, in namespaces of its own: it can't name this machine or see its processes.</summary>
    public Task<string> RunInsideAsync(params string[] command) => DebianBase.RunInsideAsync(Path, command);

    /// <summary>Makes an ext4 volume that holds what the folder holds now.</summary>
    public async Task<string> ToDiskAsync(string name)
    {
        string disk = System.IO.Path.Combine(_folder.FullName, name);
        await ExternalTool.RunAsync("mkfs.ext4", "-q", "-F", "-d", Path, disk, "900M");
        return disk;
    }

    /// <summary>Deletes it.</summary>
    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return default;
    }

    private void Write(string path, string text)
    {
        string full = System.IO.Path.Combine(Path, path);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
    }
}
