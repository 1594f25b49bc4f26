using AzImageTools.Disks.Images;
using AzImageTools.Disks.Inspection;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Containers;

/// <summary>What lies where a disk image is expected, and is no file: opening it could wait for ever, or read what nobody meant.</summary>
[Trait("Libraries", "net8.0")]
public sealed class OrdinaryFileTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public OrdinaryFileTests()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "pipes in folders and links without a privilege are of Linux");
        ExternalTool.SkipUnlessInstalled("mkfifo");
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("pipe.raw")]
    [InlineData("pipe.vhd")]
    [InlineData("pipe.vmdk")]
    public async Task A_pipe_is_refused_before_it_is_opened(string name)
    {
        string path = _folder.File(name);
        await ExternalTool.RunAsync("mkfifo", path);

        Assert.Contains("is a named pipe", await RefusalAsync(() => TestDisks.Open(path)), StringComparison.Ordinal);
        Assert.Contains("is a named pipe", await RefusalAsync(() => DiskChecker.Check(path).ToArray()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_device_without_a_length_is_refused()
    {
        string path = _folder.File("zero.raw");
        File.CreateSymbolicLink(path, "/dev/zero");

        Assert.Contains("is a device", await RefusalAsync(() => TestDisks.Open(path)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pipes_and_links_beside_a_disk_are_not_opened_as_its_checkpoints()
    {
        string disk = TestDisks.Unpack("mbr-dynamic.vhdx", _folder);
        await ExternalTool.RunAsync("mkfifo", _folder.File("mbr-dynamic_1234.avhdx"));
        File.CreateSymbolicLink(_folder.File("shadow.avhdx"), "/etc/shadow");
        File.CreateSymbolicLink(_folder.File("terminal.avhdx"), "/dev/tty");
        DiskInfo info = await Task.Run(() => TestDisks.Inspect(disk)).WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);

        Assert.Null(info.NewerCheckpoint);
        Assert.Equal(3, info.Problems.Count);
        Assert.Single(info.Problems, static problem => problem.Contains("is a named pipe", StringComparison.Ordinal));
        Assert.Equal(2, info.Problems.Count(static problem => problem.Contains("is a link to another place", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_pipe_with_the_name_of_a_backing_file_is_refused()
    {
        ExternalTool.SkipUnlessInstalled("qemu-img");
        string parent = _folder.File("base.raw");
        string child = _folder.File("child.qcow2");
        await File.WriteAllBytesAsync(parent, new byte[1 << 20], TestContext.Current.CancellationToken);
        await ExternalTool.RunAsync("qemu-img", "create", "-q", "-f", "qcow2", "-b", parent, "-F", "raw", child);
        File.Delete(parent);
        await ExternalTool.RunAsync("mkfifo", parent);

        Assert.Contains("is a named pipe", await RefusalAsync(() => TestDisks.Open(child)), StringComparison.Ordinal);
    }

    private static async Task<string> RefusalAsync(Func<object> open)
        => (await Assert.ThrowsAsync<DiskFormatException>(() => Task.Run(open).WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken))).Message;
}
