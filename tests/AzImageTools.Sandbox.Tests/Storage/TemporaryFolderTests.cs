using AzImageTools.Sandbox.Configuration;

namespace AzImageTools.Sandbox.Tests.Storage;

public sealed class TemporaryFolderTests
{
    [Fact]
    public void A_new_sandbox_removes_the_temporary_folders_of_those_that_were_killed_and_no_others()
    {
        var temp = Path.GetTempPath();
        string Make(string name) => Directory.CreateDirectory(Path.Combine(temp, "AzImageTools.Sandbox-" + name + Guid.NewGuid().ToString("N"))).FullName;
        var (killed, foreign, used) = (Make("killed"), Make("foreign"), Make("used"));
        File.WriteAllText(Path.Combine(killed, ".lock"), "");
        File.WriteAllText(Path.Combine(killed, "0001-disk.vhd"), "x");
        File.WriteAllText(Path.Combine(foreign, "0001-disk.vhd"), "x");
        try
        {
            using var owner = new FileStream(Path.Combine(used, ".lock"), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);
            using var cloud = new SandboxCloud();
            Assert.Equal((false, true, true), (Directory.Exists(killed), Directory.Exists(foreign), Directory.Exists(used)));
        }
        finally
        {
            Directory.Delete(foreign, recursive: true);
            Directory.Delete(used, recursive: true);
        }
    }

    [Fact]
    public void Sandboxes_that_start_and_end_at_once_take_nothing_from_each_other()
    {
        Parallel.For(0, 400, new ParallelOptions { MaxDegreeOfParallelism = 16 }, _ =>
        {
            using var cloud = new SandboxCloud(new SandboxOptions { Seed = false });
            using var state = new AzImageTools.Sandbox.Storage.PageFolder(path: null, isKept: false);
            state.Create("a", 512).Dispose();
        });
    }
}
