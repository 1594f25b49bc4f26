using System.Diagnostics;
using System.Globalization;
using System.Text;
using AzImageTools.Disks;
using AzImageTools.Services.Upload.Resume;
using AzImageTools.Services.Upload.Transfer;
using AzImageTools.TestKit;

namespace AzImageTools.Services.Tests.Upload;

/// <summary>
/// Uploads to Azurite by a process of its own, which is killed (SIGKILL) at random points and started again until it is done.
/// <c>AZIMAGETOOLS_KILL_RUNS</c> sets how many uploads; <c>AZIMAGETOOLS_KILL_SEED</c> repeats one run's choices.
/// </summary>
public sealed class KillTests(Azurite azurite) : IDisposable
{
    private const int DefaultRuns = 2;
    private const int MostKillsOfARun = 3;
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(1);
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task An_upload_killed_at_random_points_ends_with_the_disks_bytes_and_sends_no_journalled_chunk_again()
    {
        AzuriteBlobs blobs = await AzuriteBlobs.CreateAsync(azurite);
        int seed = Setting("AZIMAGETOOLS_KILL_SEED", Random.Shared.Next());
        TestContext.Current.TestOutputHelper?.WriteLine($"AZIMAGETOOLS_KILL_SEED={seed}");
        Random random = new(seed);
        int kills = 0;
        long resumed = 0;
        for (int run = 0; run < Setting("AZIMAGETOOLS_KILL_RUNS", DefaultRuns); run++)
        {
            using TempFolder folder = new();
            string source = RawDisk.Create(folder, random.Next());
            string name = $"d{run}.vhd";
            string notes = folder.File("notes");
            int killsLeft = 1 + random.Next(MostKillsOfARun);
            while (true)
            {
                IReadOnlyList<DiskExtent> done = Journalled(folder);
                File.Delete(notes);
                (bool wasKilled, string output) = await RunAsync(source, notes, blobs, name, killAfter: killsLeft > 0 ? random.Next(RawDisk.Ranges + 1) : null, random);
                AssertNotSentAgain(notes, done);
                if (!wasKilled)
                {
                    Assert.True(long.TryParse(output.Split(' ')[0], NumberStyles.None, CultureInfo.InvariantCulture, out long bytes), output);
                    resumed += bytes;
                    break;
                }

                kills++;
                killsLeft--;
            }

            await RawDisk.AssertHeldAsync(source, await blobs.DownloadAsync(name, folder));
            Assert.Empty(Directory.GetFiles(folder.FullName, "*" + UploadJournal.Extension));
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{kills} kills, {resumed} bytes resumed");
        Assert.NotEqual(0, kills);
    }

    private static int Setting(string name, int otherwise)
        => int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : otherwise;

    private static IReadOnlyList<DiskExtent> Journalled(TempFolder folder)
    {
        string[] journals = Directory.GetFiles(folder.FullName, "*" + UploadJournal.Extension);
        return journals.Length == 0 || new FileInfo(journals[0]).Length == 0
            ? []
            : [.. File.ReadAllLines(journals[0]).Skip(1).SelectMany(RangesOf).Select(run => run.Extent)];
    }

    private static IReadOnlyList<SentRange> RangesOf(string line)
        => JournalFormat.TryRead(Encoding.ASCII.GetBytes(line), RawDisk.Capacity, out SentChunk? chunk) && chunk is not null ? chunk.Ranges : [];

    private static void AssertNotSentAgain(string notes, IReadOnlyList<DiskExtent> done)
    {
        foreach (string line in File.Exists(notes) ? File.ReadAllLines(notes) : [])
        {
            string[] range = line.Split('=')[1].Split('-');
            long start = long.Parse(range[0], CultureInfo.InvariantCulture);
            long end = long.Parse(range[1], CultureInfo.InvariantCulture) + 1;
            Assert.DoesNotContain(done, extent => extent.Offset < end && start < extent.End);
        }
    }

    /// <summary>Runs the upload until it ends, or kills it a moment after so many pages were sent.</summary>
    private static async Task<(bool WasKilled, string Output)> RunAsync(string source, string notes, AzuriteBlobs blobs, string name, int? killAfter, Random random)
    {
        ProcessStartInfo start = new(Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet")
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "UploadHarness.dll"));
        start.ArgumentList.Add(source);
        start.ArgumentList.Add(notes);
        start.Environment["UPLOAD_HARNESS_SAS"] = blobs.Sas(name).AbsoluteUri;
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        using CancellationTokenSource timeout = new(Timeout);
        if (killAfter is { } count)
        {
            while (!process.HasExited && CountLines(notes) < count)
            {
                await Task.Delay(1, timeout.Token);
            }

            await Task.Delay(random.Next(5), timeout.Token);
            process.Kill();
        }

        await process.WaitForExitAsync(timeout.Token);
        if (process.ExitCode == 0)
        {
            return (false, await output);
        }

        string problem = await error;
        Assert.True(killAfter is not null && problem.Length == 0, problem);
        return (true, string.Empty);
    }

    private static int CountLines(string path)
    {
        if (!File.Exists(path))
        {
            return 0;
        }

        using StreamReader reader = new(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        return reader.ReadToEnd().Count(letter => letter == '\n');
    }
}
