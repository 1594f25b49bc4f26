using System.Globalization;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Volumes.Lvm;

/// <summary>
/// lvm2 on loop devices over ranges of a disk image's file, without the device mapper and without this machine's configuration.
/// </summary>
internal sealed class LvmTools : IAsyncDisposable
{
    private readonly TempFolder _folder;
    private readonly List<string> _loops = [];

    private LvmTools(TempFolder folder) => _folder = folder;

    private string Devices => _folder.File("dev");

    /// <summary>Sets it up, its volumes named pv1 and so on; skips the test where that can't be done.</summary>
    public static async Task<LvmTools> CreateAsync(TempFolder folder, string disk, params (long Offset, long Length)[] volumes)
    {
        ExternalTool.SkipUnlessInstalled("lvm", "losetup");
        LvmTools tools = new(folder);
        Directory.CreateDirectory(tools.Devices);
        Directory.CreateDirectory(folder.File("lock"));
        await File.WriteAllTextAsync(folder.File("lvm.conf"), $$"""
            devices { dir="{{tools.Devices}}" scan=["{{tools.Devices}}"] filter=["a|^{{tools.Devices}}/pv|","r|.*|"] use_devicesfile=0 obtain_device_list_from_udev=0 }
            global { locking_dir="{{folder.File("lock")}}" use_lvmpolld=0 event_activation=0 }
            backup { backup=0 archive=0 }
            """);
        foreach ((long offset, long length) in volumes)
        {
            (int exitCode, string output, string error) = await ExternalTool.TryRunAsync(
                "losetup", "-f", "--show", "-o", offset.ToString(CultureInfo.InvariantCulture), "--sizelimit", length.ToString(CultureInfo.InvariantCulture), disk);
            if (exitCode != 0)
            {
                await tools.DisposeAsync();
                Assert.Skip($"loop devices can't be set up here: {error.Trim()}");
            }

            tools._loops.Add(output.Trim());
            File.CreateSymbolicLink(tools.Device(tools._loops.Count), output.Trim());
        }

        return tools;
    }

    /// <summary>The name by which lvm2 knows a volume, from 1 on.</summary>
    public string Device(int number) => Path.Combine(Devices, "pv" + number.ToString(CultureInfo.InvariantCulture));

    /// <summary>The volume that a name is of, from 1 on.</summary>
    public int NumberOf(string device) => int.Parse(device[Device(0)[..^1].Length..], CultureInfo.InvariantCulture);

    public Task<string> RunAsync(string command, params string[] arguments)
        => ExternalTool.RunAsync("env", [$"LVM_SYSTEM_DIR={_folder.FullName}", "LVM_SUPPRESS_FD_WARNINGS=1", "lvm", command, "--driverloaded", "n", .. arguments]);

    public async ValueTask DisposeAsync()
    {
        foreach (string loop in _loops)
        {
            await ExternalTool.TryRunAsync("losetup", "-d", loop);
        }
    }
}
