using System.ComponentModel;
using System.Diagnostics;
using Xunit;

namespace AzImageTools.TestKit;

/// <summary>An NTFS volume mounted with ntfs-3g, for tests that have it written by a real driver.</summary>
public sealed class NtfsMount : IDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    private readonly Process _driver;

    private NtfsMount(Process driver, string path)
    {
        _driver = driver;
        FullName = path;
    }

    /// <summary>The folder that the volume's root is at.</summary>
    public string FullName { get; }

    /// <summary>Why no volume can be mounted here; null where one may be.</summary>
    public static string? Hindrance
        => !File.Exists("/dev/fuse") ? "there is no /dev/fuse" : !Environment.IsPrivilegedProcess ? "only root may mount" : null;

    /// <summary>Skips the running test, saying why, where no volume can be mounted.</summary>
    public static void SkipUnlessPossible()
    {
        ExternalTool.SkipUnlessInstalled("mkntfs", "ntfs-3g", "umount");
        Assert.SkipWhen(Hindrance is not null, $"volumes can't be mounted here: {Hindrance}");
    }

    /// <summary>Makes a volume and mounts it.</summary>
    /// <param name="image">The file to make it in.</param>
    /// <param name="size">Its size in bytes.</param>
    /// <param name="clusterSize">Its clusters' size in bytes.</param>
    /// <param name="options">Options of the mount.</param>
    /// <param name="driver">The driver: ntfs-3g, or lowntfs-3g, which can ignore case.</param>
    public static async Task<NtfsMount> CreateAsync(string image, long size, int clusterSize, string options = "rw", string driver = "ntfs-3g")
    {
        await using (FileStream file = File.Create(image))
        {
            file.SetLength(size);
        }

        await ExternalTool.RunAsync("mkntfs", "-F", "-Q", "-q", "-c", $"{clusterSize}", "-s", "512", "-p", "0", "-H", "16", "-S", "63", image);
        return await MountAsync(image, options, driver);
    }

    /// <summary>Mounts a volume.</summary>
    /// <param name="image">The file that holds it.</param>
    /// <param name="options">Options of the mount.</param>
    /// <param name="driver">The driver: ntfs-3g, or lowntfs-3g, which can ignore case.</param>
    public static async Task<NtfsMount> MountAsync(string image, string options = "rw", string driver = "ntfs-3g")
    {
        string path = Directory.CreateDirectory(image + ".mount").FullName;
        Process process = Process.Start(new ProcessStartInfo(ExternalTool.Find(driver)!, ["-o", options + ",no_detach", image, path]) { UseShellExecute = false, RedirectStandardError = true })
            ?? throw new Win32Exception("ntfs-3g did not start.");
        for (Stopwatch time = Stopwatch.StartNew(); !IsMounted(path);)
        {
            if (process.HasExited || time.Elapsed > Timeout)
            {
                process.Kill();
                string reason = await process.StandardError.ReadToEndAsync();
                process.Dispose();
                Assert.Skip("volumes can't be mounted here: " + reason.Trim());
            }

            await Task.Delay(10);
        }

        return new NtfsMount(process, path);
    }

    /// <summary>Ends when everything is written and the volume's file is let go.</summary>
    public void Dispose()
    {
        for (int attempt = 0; attempt < 50 && IsMounted(FullName); attempt++)
        {
            using Process unmount = Process.Start(new ProcessStartInfo("umount", [FullName]) { UseShellExecute = false, RedirectStandardError = true })!;
            unmount.WaitForExit();
            Thread.Sleep(unmount.ExitCode == 0 ? 0 : 100);
        }

        _driver.WaitForExit(Timeout);
        _driver.Dispose();
    }

    private static bool IsMounted(string path) => File.ReadLines("/proc/self/mounts").Any(line => line.Contains(' ' + path + ' ', StringComparison.Ordinal));
}
