using AzImageTools.Disks.Images;
using AzImageTools.Disks.Inspection;
using AzImageTools.Disks.Tests.Volumes;
using AzImageTools.Disks.Volumes;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Inspection;

public class GuestIdentityTests
{
    // tests/data/README.md: the Windows partition of the disk 'ready'.
    private const int WindowsOffset = 36 << 20;
    private const int WindowsLength = 24 << 20;

    private static readonly GuestIdentity Ready = new()
    {
        Family = GuestFamily.Windows,
        Product = "Windows Server 2022 Datacenter",
        Edition = "ServerDatacenter",
        Version = "10.0.20348.2488",
        Build = 20348,
        UpdateBuildRevision = 2488,
        InstallationType = "Server",
        Architecture = "x64",
        HostName = "WIN-READY",
    };

    [Fact]
    public void Windows_is_identified_by_its_registry()
    {
        using TempFolder folder = new();
        Assert.Equal(Ready, GuestIdentity.Detect(OpenWindows(folder, out _)));
    }

    [Fact]
    public void The_first_volume_with_an_operating_system_counts()
    {
        using TempFolder folder = new();
        IFileSystem other = FileSystem.TryOpen(new MemoryByteSource(File.ReadAllBytes(TestFile.Unpack("volumes/fat16.img", folder))))!;
        Assert.Equal(Ready, GuestIdentity.Detect([other, OpenWindows(folder, out _)]));
        Assert.Null(GuestIdentity.Detect([other]));
        Assert.Null(GuestIdentity.Detect([]));
    }

    [Fact]
    public void The_current_control_set_is_the_one_that_Select_names()
    {
        using TempFolder folder = new();
        using WindowsHives hives = WindowsHives.Open(OpenWindows(folder, out _))!;
        Assert.Equal("ControlSet003", hives.ControlSetName);
        Assert.Equal("ControlSet003\\Services\\cdrom", hives.OpenKey("system\\currentcontrolset\\services\\cdrom")?.Path);
        Assert.Equal("Policy\\PolPrDmS", hives.OpenKey("SECURITY\\Policy\\PolPrDmS")?.Path);
        Assert.Same(hives.Software!.Root, hives.OpenKey("SOFTWARE"));
        Assert.Null(hives.OpenKey("HARDWARE\\anything"));
    }

    [Fact]
    public void One_registry_value_is_found_with_few_small_reads()
    {
        using TempFolder folder = new();
        IFileSystem volume = OpenWindows(folder, out MemoryByteSource source);
        source.BytesRead = source.Reads = 0;
        using WindowsHives hives = WindowsHives.Open(volume)!;
        Assert.Equal("Server", hives.OpenKey(@"SOFTWARE\Microsoft\Windows NT\CurrentVersion")?.GetValue("InstallationType")?.Value);
        Assert.InRange(source.BytesRead, 1, 256 * 1024);
        Assert.InRange(source.Reads, 1, 64);
    }

    private static IFileSystem OpenWindows(TempFolder folder, out MemoryByteSource source)
    {
        byte[] disk = File.ReadAllBytes(TestFile.Unpack("disks/ready.raw", folder));
        source = new MemoryByteSource(disk.AsSpan(WindowsOffset, WindowsLength).ToArray());
        return FileSystem.TryOpen(source)!;
    }
}
