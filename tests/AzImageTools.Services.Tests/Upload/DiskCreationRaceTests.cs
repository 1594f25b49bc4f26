using AzImageTools.Disks;
using AzImageTools.Sandbox;
using AzImageTools.Sandbox.Configuration;
using AzImageTools.Services.Upload;
using AzImageTools.Services.Upload.Resume;
using AzImageTools.Services.Upload.Target;
using AzImageTools.TestKit;
using Azure.ResourceManager.Compute.Models;

namespace AzImageTools.Services.Tests.Upload;

/// <summary>Two commands that create a disk of one name at the same time: one of them ends in one clear error, and nothing of the other's is removed.</summary>
public sealed class DiskCreationRaceTests : IDisposable
{
    private const string Group = "sandbox-rg";
    private static readonly ManagedDiskTarget Disk = new(Group, "web01");
    private readonly TempFolder _folder = new();
    private readonly TempFolder _elsewhere = new();

    public static TheoryData<string, bool> Moments
    {
        get
        {
            TheoryData<string, bool> all = [];
            foreach (bool grantsAgain in new[] { true, false })
            {
                all.Add("after the check", grantsAgain);
                all.Add("just before the creation", grantsAgain);
                all.Add("after the creation", grantsAgain);
            }

            return all;
        }
    }

    public void Dispose()
    {
        _folder.Dispose();
        _elsewhere.Dispose();
    }

    [Theory]
    [MemberData(nameof(Moments))]
    public async Task A_whole_upload_of_others_between_two_requests_of_ours_stays_whole(string moment, bool grantsAgain)
    {
        using SandboxCloud sandbox = new(new SandboxOptions { GrantsWriteAccessAgain = grantsAgain });
        using UploadCloud others = await UploadCloud.ConnectAsync(sandbox);
        string source = RawDisk.Create(_folder);
        string other = RawDisk.Create(_elsewhere, seed: 9);
        VhdUpload? theirs = null;
        Exception? theirError = null;
        bool isDone = false;
        using HookHandler hook = new(sandbox.CreateHandler(), request =>
        {
            if (!isDone && IsMoment(moment, request))
            {
                isDone = true;
                try
                {
                    theirs = others.UploadAsync(other, Disk).GetAwaiter().GetResult();
                }
                catch (ImageServiceException exception)
                {
                    theirError = exception;
                }
            }
        });
        using UploadCloud ours = await UploadCloud.ConnectAsync(sandbox, hook);

        VhdUpload? won = null;
        Exception? ourError = await Record.ExceptionAsync(async () => won = await ours.UploadAsync(source, Disk));

        Assert.True(isDone);
        VhdUpload winner = Assert.Single(new[] { won, theirs }, upload => upload is not null)!;
        ImageServiceException error = Assert.IsAssignableFrom<ImageServiceException>(ourError ?? theirError);
        Assert.Equal(ErrorKind.AlreadyExists, error.Kind);
        await RawDisk.AssertHeldAsync(winner == won ? source : other, sandbox.FindDiskFile(winner.Id)!);
        Assert.Equal(DiskState.Unattached, (await ours.DiskAsync("web01")).Data.DiskState);
        Assert.Empty(Directory.GetFiles(winner == won ? _elsewhere.FullName : _folder.FullName, "*" + UploadJournal.Extension));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Of_uploads_begun_at_once_no_two_end_well_and_the_others_say_that_there_is_a_disk(bool grantsAgain)
    {
        const int Rivals = 6;
        using SandboxCloud sandbox = new(new SandboxOptions { GrantsWriteAccessAgain = grantsAgain });
        using UploadCloud cloud = await UploadCloud.ConnectAsync(sandbox);
        TempFolder[] folders = [.. Enumerable.Range(0, Rivals).Select(_ => new TempFolder())];
        string[] sources = [.. folders.Select((folder, index) => RawDisk.Create(folder, index + 1))];

        Task<VhdUpload>[] uploads = [.. sources.Select(source => Task.Run(() => cloud.UploadAsync(source, Disk)))];
        await Task.WhenAll(uploads.Select(upload => Record.ExceptionAsync(() => upload).AsTask()));

        int[] winners = [.. Enumerable.Range(0, Rivals).Where(index => uploads[index].IsCompletedSuccessfully)];
        Assert.InRange(winners.Length, 0, 1);
        foreach (int winner in winners)
        {
            await RawDisk.AssertHeldAsync(sources[winner], sandbox.FindDiskFile((await uploads[winner]).Id)!);
        }

        // One may find on its disk what another wrote there before it lost it. It says so before the footer, and can be continued.
        string[] errors = [.. uploads.Where(upload => upload.IsFaulted).Select(upload => Assert.IsAssignableFrom<ImageServiceException>(upload.Exception!.InnerException).ErrorId)];
        Assert.All(errors, id => Assert.Contains(id, new[] { "DiskAlreadyExists", "DiskUnderUpload", "UploadDisturbed" }));
        Assert.InRange(errors.Count(id => id == "UploadDisturbed"), 0, 1 - winners.Length);
        Assert.True(await cloud.HasDiskAsync("web01"));
        Array.ForEach(folders, folder => folder.Dispose());
    }

    /// <summary>The first look at the new disk ends its creation, the second one comes before access to it is asked for.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_new_disk_to_which_others_were_given_access_first_is_theirs_and_stays(int look)
    {
        using SandboxCloud sandbox = new();
        using UploadCloud others = await UploadCloud.ConnectAsync(sandbox);
        string source = RawDisk.Create(_folder);
        bool isCreated = false;
        int looks = 0;
        using HookHandler hook = new(sandbox.CreateHandler(), request =>
        {
            isCreated |= request.Method == HttpMethod.Put && IsDisk(request);
            if (isCreated && request.Method == HttpMethod.Get && IsDisk(request) && ++looks == look)
            {
                others.GrantAsync("web01").GetAwaiter().GetResult();
            }
        });
        using UploadCloud ours = await UploadCloud.ConnectAsync(sandbox, hook);

        ImageServiceException error = await Assert.ThrowsAnyAsync<ImageServiceException>(() => ours.UploadAsync(source, Disk));

        Assert.Equal(look, looks);
        Assert.Equal("DiskAlreadyExists", error.ErrorId);
        Assert.Equal(DiskState.ActiveUpload, (await ours.DiskAsync("web01")).Data.DiskState);
    }

    private static bool IsDisk(HttpRequestMessage request) => request.RequestUri!.AbsolutePath.EndsWith("/disks/web01", StringComparison.OrdinalIgnoreCase);

    private static bool IsMoment(string moment, HttpRequestMessage request)
    {
        bool isDisk = IsDisk(request);
        return moment switch
        {
            "after the check" => isDisk && request.Method == HttpMethod.Get,
            "just before the creation" => isDisk && request.Method == HttpMethod.Put,
            _ => request.Method == HttpMethod.Post && request.RequestUri!.AbsolutePath.EndsWith("/beginGetAccess", StringComparison.OrdinalIgnoreCase),
        };
    }
}
