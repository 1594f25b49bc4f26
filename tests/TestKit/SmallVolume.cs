using Xunit;

namespace AzImageTools.TestKit;

/// <summary>A volume of 2 MiB, for what happens when one runs full; skips the test where none can be mounted.</summary>
public sealed class SmallVolume : IDisposable
{
    private readonly string _folder;

    private SmallVolume(string folder) => _folder = folder;

    /// <summary>Mounts the volume at a folder, which is made where it is missing.</summary>
    public static async Task<SmallVolume> MountAsync(string folder)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "a small volume is made with tmpfs, which this system has not");
        ExternalTool.SkipUnlessInstalled("mount", "umount");
        Directory.CreateDirectory(folder);
        (int exitCode, _, string error) = await ExternalTool.TryRunAsync("mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder);
        Assert.SkipUnless(exitCode == 0, $"a small volume can't be mounted here: {error.Trim()}");
        return new SmallVolume(folder);
    }

    public void Dispose() => ExternalTool.RunAsync("umount", _folder).GetAwaiter().GetResult();
}
