using System.Diagnostics;
using System.Globalization;
using AzImageTools.Services.Tests.Upload;
using AzImageTools.TestKit;

namespace AzImageTools.Services.Tests.Download;

/// <summary>
/// Downloads from Azurite by a process of its own, which is killed (SIGKILL) at random points and started again until it is done.
/// <c>AZIMAGETOOLS_KILL_SEED</c> repeats one run's choices.
/// </summary>
public sealed class DownloadKillTests(Azurite azurite) : IDisposable
{
    private const int Kills = 3;
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(2);
    private readonly TempFolder _folder = new();
    private readonly TempFolder _sources = new();

    public void Dispose()
    {
        _folder.Dispose();
        _sources.Dispose();
    }

    [Theory]
    [InlineData("web01.vhd")]
    [InlineData("web01.vhdx")]
    public async Task A_download_killed_at_random_points_ends_with_the_disk_and_goes_on_with_what_there_is(string name)
    {
        AzuriteBlobs blobs = await AzuriteBlobs.CreateAsync(azurite);
        string source = RawDisk.Create(_sources);
        await Uploads.RunAsync(session: null, new() { Path = source, Target = blobs.Target("web01.vhd") }, OperationContext.None);
        int seed = int.TryParse(Environment.GetEnvironmentVariable("AZIMAGETOOLS_KILL_SEED"), NumberStyles.None, CultureInfo.InvariantCulture, out int given) ? given : Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"AZIMAGETOOLS_KILL_SEED={seed}");
        Random random = new(seed);
        string destination = _folder.File(name);
        string notes = _sources.File("notes");
        for (int kill = 0; kill < Kills; kill++)
        {
            File.Delete(notes);
            await RunAsync(destination, notes, blobs, killAfter: 2 + random.Next(9), random);
        }

        string output = await RunAsync(destination, notes, blobs, killAfter: null, random);

        using Disks.Containers.VirtualDisk disk = Disks.Images.DiskOpener.Open(destination);
        byte[] bytes = new byte[disk.Capacity];
        disk.Read(0, bytes);
        Assert.True((await File.ReadAllBytesAsync(source, TestContext.Current.CancellationToken)).AsSpan().SequenceEqual(bytes), "The file is not the disk.");
        Assert.Equal([destination], Directory.GetFiles(_folder.FullName));
        TestContext.Current.TestOutputHelper?.WriteLine($"resumed, received, checksum: {output}");
    }

    /// <summary>Runs the download until it ends, or kills it a moment after so many ranges were asked for.</summary>
    private static async Task<string> RunAsync(string destination, string notes, AzuriteBlobs blobs, int? killAfter, Random random)
    {
        ProcessStartInfo start = new(Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet")
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string argument in new[] { Path.Combine(AppContext.BaseDirectory, "UploadHarness.dll"), destination, notes, "download" })
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment["UPLOAD_HARNESS_SAS"] = blobs.Sas("web01.vhd").AbsoluteUri;
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        using CancellationTokenSource timeout = new(Timeout);
        if (killAfter is { } count)
        {
            while (!process.HasExited && (!File.Exists(notes) || new FileInfo(notes).Length < count * 20L))
            {
                await Task.Delay(1, timeout.Token);
            }

            await Task.Delay(random.Next(20), timeout.Token);
            process.Kill();
        }

        await process.WaitForExitAsync(timeout.Token);
        Assert.True(killAfter is not null || process.ExitCode == 0, await error);
        return (await output).Trim();
    }
}
