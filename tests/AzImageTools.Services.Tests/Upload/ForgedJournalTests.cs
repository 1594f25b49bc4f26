using System.Text;
using AzImageTools.Disks;
using AzImageTools.Sandbox;
using AzImageTools.Sandbox.Faults;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Tests.Plans;
using AzImageTools.Services.Tests.Session;
using AzImageTools.Services.Upload;
using AzImageTools.Services.Upload.Resume;
using AzImageTools.Services.Upload.Source;
using AzImageTools.Services.Upload.Target;
using AzImageTools.Services.Upload.Transfer;
using AzImageTools.TestKit;

namespace AzImageTools.Services.Tests.Upload;

/// <summary>Journals that somebody has written to, with right checksums: what they say beyond the disk and the target is not believed.</summary>
public sealed class ForgedJournalTests : IDisposable
{
    private const string Group = "sandbox-rg";
    private readonly TempFolder _folder = new();
    private readonly SandboxCloud _cloud = new();

    /// <summary>Kinds of targets, each without and with -Verify.</summary>
    public static TheoryData<string, bool> Runs => new() { { "disk", false }, { "disk", true }, { "blob", false }, { "blob", true } };

    public void Dispose()
    {
        _cloud.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public async Task Chunks_that_it_calls_done_without_saying_what_was_sent_are_sent(string kind, bool verify)
    {
        string source = RawDisk.Create(_folder);
        using UploadCloud cloud = await UploadCloud.ConnectAsync(_cloud);
        string journal = await BreakAsync(cloud, source, kind);
        Rewrite(journal, chunk => chunk with { Ranges = [] }, everyChunk: true);
        RecordingLog log = new();

        VhdUpload upload = await cloud.UploadAsync(source, Target(kind), request => request with { Verify = verify }, new() { Log = log });

        await AssertHeldAsync(source, kind, upload);
        Assert.Contains(log.Warnings, warning => warning.Contains("otherwise than the disk is"));
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public async Task A_chunk_of_which_it_leaves_out_data_is_sent_whole(string kind, bool verify)
    {
        string source = RawDisk.Create(_folder);
        using UploadCloud cloud = await UploadCloud.ConnectAsync(_cloud);
        string journal = await BreakAsync(cloud, source, kind);
        Rewrite(journal, chunk => chunk with { Ranges = [.. chunk.Ranges.Take(1)] });

        VhdUpload upload = await cloud.UploadAsync(source, Target(kind), request => request with { Verify = verify });

        await AssertHeldAsync(source, kind, upload);
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public async Task Bytes_that_the_target_holds_otherwise_are_not_let_pass_by_a_checksum_in_it(string kind, bool verify)
    {
        string source = RawDisk.Create(_folder);
        using UploadCloud cloud = await UploadCloud.ConnectAsync(_cloud);

        // What it says was sent is not the disk's: neither the reading back nor the disk's own sum may be taken from it.
        string journal = await BreakAsync(cloud, source, kind);
        Rewrite(journal, chunk => chunk with { Ranges = [.. chunk.Ranges.Select(range => range with { Crc = ~range.Crc })] });

        VhdUpload upload = await cloud.UploadAsync(source, Target(kind), request => request with { Verify = verify });

        await AssertHeldAsync(source, kind, upload);
        byte[] content = await File.ReadAllBytesAsync(source, TestContext.Current.CancellationToken);
        Assert.Equal($"{Crc64Nvme.Compute(content):X16}", upload.Crc64);
    }

    [Theory]
    [InlineData("disk")]
    [InlineData("blob")]
    public async Task With_Verify_what_the_target_holds_is_compared_with_the_disk_however_the_journal_and_the_target_agree(string kind)
    {
        using TempFolder elsewhere = new();
        string other = RawDisk.Create(elsewhere, seed: 9);
        string source = RawDisk.Create(_folder);
        using UploadCloud cloud = await UploadCloud.ConnectAsync(_cloud);

        // Another disk's upload, and a journal beside this disk that says it was this disk's.
        string theirs = await BreakAsync(cloud, other, kind);
        SourceIdentity own = Identity(source);
        List<string> lines = [.. File.ReadAllLines(theirs)];
        JournalHeader header = JournalFormat.ReadHeader(Encoding.ASCII.GetBytes(lines[0]))!;
        lines[0] = Encoding.ASCII.GetString(JournalFormat.Write(header with { Source = own })).TrimEnd('\n');
        File.WriteAllText(Path.Combine(_folder.FullName, UploadJournal.PathFor(source, null, header.Target)), string.Join('\n', lines) + "\n");

        VhdUpload upload = await cloud.UploadAsync(source, Target(kind), request => request with { Verify = true });

        await AssertHeldAsync(source, kind, upload);
        Assert.Equal(upload.BytesResumed + upload.BytesSent - 512, upload.BytesVerified);
    }

    [Theory]
    [InlineData("disk")]
    [InlineData("blob")]
    public async Task Without_Verify_too_pages_of_another_disk_are_found_by_a_sample_where_the_journal_has_the_disks_own_checksums(string kind)
    {
        using TempFolder elsewhere = new();
        string other = RawDisk.Create(elsewhere, seed: 9);
        string source = RawDisk.Create(_folder);
        byte[] content = await File.ReadAllBytesAsync(source, TestContext.Current.CancellationToken);
        using UploadCloud cloud = await UploadCloud.ConnectAsync(_cloud);
        string theirs = await BreakAsync(cloud, other, kind);
        JournalHeader header = JournalFormat.ReadHeader(Encoding.ASCII.GetBytes(File.ReadLines(theirs).First()))!;
        string journal = Path.Combine(_folder.FullName, UploadJournal.PathFor(source, null, header.Target));
        File.Copy(theirs, journal);
        Rewrite(
            journal,
            chunk => chunk with { Ranges = [.. chunk.Ranges.Select(range => range with { Crc = Crc64Nvme.Compute(content.AsSpan((int)range.Offset, range.Length)) })] },
            header: begun => begun with { Source = Identity(source) });
        RecordingLog log = new();

        VhdUpload upload = await cloud.UploadAsync(source, Target(kind), context: new() { Log = log });

        await AssertHeldAsync(source, kind, upload);
        Assert.Contains(log.Warnings, warning => warning.Contains("holds other bytes than the journal"));
        Assert.Equal(0, upload.BytesResumed);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task That_the_upload_to_a_managed_disk_has_ended_is_seen_from_the_disk(bool verify)
    {
        string source = RawDisk.Create(_folder);
        using UploadCloud cloud = await UploadCloud.ConnectAsync(_cloud);
        string journal = await BreakAndEndAsync(cloud, source);

        ImageServiceException error = await Assert.ThrowsAnyAsync<ImageServiceException>(() => cloud.UploadAsync(source, Target("disk"), request => request with { Verify = verify }));

        Assert.Equal("UploadIncomplete", error.ErrorId);
        Assert.Contains("Remove", error.Remedy);
        Assert.True(File.Exists(journal));
        Assert.Equal("Unattached", (await cloud.DiskAsync("web01")).Data.DiskState?.ToString());
    }

    [Fact]
    public async Task An_upload_that_has_ended_and_may_not_be_read_is_not_called_verified()
    {
        string source = RawDisk.Create(_folder);
        using UploadCloud cloud = await UploadCloud.ConnectAsync(_cloud);
        string journal = await BreakAndEndAsync(cloud, source);
        _cloud.Inject(new SandboxFault { Kind = SandboxFaultKind.Status, Method = "POST", PathPart = "/beginGetAccess", Status = 403, ErrorCode = "AuthorizationFailed" });
        RecordingLog log = new();

        VhdUpload upload = await cloud.UploadAsync(source, Target("disk"), request => request with { Verify = true }, new() { Log = log });

        Assert.False(upload.Verified);
        Assert.Equal(0, upload.BytesVerified);
        Assert.Contains(log.Warnings, warning => warning.Contains("not compared with the disk"));
    }

    [Fact]
    public async Task A_blob_that_may_not_be_seen_is_not_overwritten_because_there_is_a_journal()
    {
        string source = RawDisk.Create(_folder);
        using UploadCloud cloud = await UploadCloud.ConnectAsync(_cloud);
        await BreakAsync(cloud, source, "blob");
        SasTarget blind = new(_cloud.CreateBlobSas("sandboximages", "vhds", "web01.vhd", "cw", DateTimeOffset.UtcNow.AddHours(1)).AbsoluteUri);
        int puts = _cloud.Requests.Count(request => request.Method == "PUT");

        ImageServiceException error = await Assert.ThrowsAnyAsync<ImageServiceException>(() => cloud.UploadAsync(source, blind));

        Assert.Equal("TargetNotVisible", error.ErrorId);
        Assert.Equal(puts, _cloud.Requests.Count(request => request.Method == "PUT"));
        VhdUpload upload = await cloud.UploadAsync(source, blind with { Force = true });
        await AssertHeldAsync(source, "blob", upload);
    }

    [Fact]
    public async Task A_managed_disk_of_another_run_is_neither_taken_for_the_journals_nor_deleted_with_it()
    {
        string source = RawDisk.Create(_folder);
        using UploadCloud cloud = await UploadCloud.ConnectAsync(_cloud);
        string journal = await BreakAsync(cloud, source, "disk");
        Rewrite(journal, chunk => chunk, header: header => header with { RunId = "fedcba9876543210" });
        PendingUploadService service = new(cloud.Session);
        OperationContext instantly = new() { Time = new InstantTime() };

        IReadOnlyList<PendingUpload> listed = await service.ListAsync(Group, _folder.FullName, instantly);
        PendingUpload forged = Assert.Single(listed, upload => upload.JournalPath is not null);
        RecordingLog log = new();
        await PlanRunner.RunAsync(service.PlanStop(forged, instantly), instantly with { Log = log });

        Assert.Equal(2, listed.Count);
        Assert.Contains(log.Warnings, warning => warning.Contains("was not created by this upload"));
        Assert.True(await cloud.HasDiskAsync("web01"));
        Assert.False(File.Exists(journal));
    }

    [Fact]
    public async Task A_managed_disk_that_was_made_anew_since_it_was_listed_is_not_deleted()
    {
        string source = RawDisk.Create(_folder);
        using UploadCloud cloud = await UploadCloud.ConnectAsync(_cloud);
        await BreakAsync(cloud, source, "disk");
        OperationContext instantly = new() { Time = new InstantTime() };
        PendingUploadService service = new(cloud.Session);
        PendingUpload listed = await service.FindAsync(service.DiskId(Group, "web01"), instantly);
        await cloud.DeleteAsync("disk");
        await BreakAsync(cloud, source, "disk", request => request with { Restart = true });

        ImageServiceException error = await Assert.ThrowsAnyAsync<ImageServiceException>(() => PlanRunner.RunAsync(service.PlanStop(listed, instantly), instantly));

        Assert.Equal("NotThisUpload", error.ErrorId);
        Assert.True(await cloud.HasDiskAsync("web01"));
    }

    [Fact]
    public async Task A_blob_whose_upload_has_ended_is_not_deleted()
    {
        string source = RawDisk.Create(_folder);
        using UploadCloud cloud = await UploadCloud.ConnectAsync(_cloud);
        string journal = await BreakAsync(cloud, source, "blob");
        byte[] kept = await File.ReadAllBytesAsync(journal, TestContext.Current.CancellationToken);
        VhdUpload ended = await cloud.UploadAsync(source, Target("blob"));
        await File.WriteAllBytesAsync(journal, kept, TestContext.Current.CancellationToken);
        OperationContext instantly = new() { Time = new InstantTime() };
        PendingUploadService service = new(cloud.Session);
        PendingUpload pending = Assert.Single(await service.ListAsync(Group, _folder.FullName, instantly));
        RecordingLog log = new();

        await PlanRunner.RunAsync(service.PlanStop(pending, instantly), instantly with { Log = log });

        Assert.Contains(log.Warnings, warning => warning.Contains("has ended"));
        await AssertHeldAsync(source, "blob", ended);
    }

    [Fact]
    public async Task A_file_that_took_the_journals_place_is_not_deleted()
    {
        string source = RawDisk.Create(_folder);
        using UploadCloud cloud = await UploadCloud.ConnectAsync(_cloud);
        string journal = await BreakAsync(cloud, source, "disk");
        OperationContext instantly = new() { Time = new InstantTime() };
        PendingUploadService service = new(cloud.Session);
        PendingUpload pending = Assert.Single(await service.ListAsync(Group, _folder.FullName, instantly));
        Rewrite(journal, chunk => chunk, header: header => header with { RunId = "fedcba9876543210" });
        RecordingLog log = new();

        await PlanRunner.RunAsync(service.PlanStop(pending, instantly), instantly with { Log = log });

        Assert.Contains(log.Warnings, warning => warning.Contains("not the journal of this upload any more"));
        Assert.True(File.Exists(journal));
    }

    private static UploadTarget Target(string kind) => kind == "disk" ? new ManagedDiskTarget(Group, "web01") : new PageBlobTarget("sandboximages", "vhds", "web01.vhd");

    private static SourceIdentity Identity(string source)
        => new(source, DiskFormat.Raw, RawDisk.Capacity, [SourceFile.Of(source)]);

    /// <summary>Uploads until nine ranges are there.</summary>
    /// <returns>The journal.</returns>
    private static async Task<string> BreakAsync(UploadCloud cloud, string source, string kind, Func<UploadRequest, UploadRequest>? change = null)
    {
        cloud.Cloud.Inject(UploadCloud.FailingPages(kind, after: 9));
        await Assert.ThrowsAsync<PlanFailedException>(() => cloud.UploadAsync(source, Target(kind), change, throttleLimit: 1));
        return Assert.Single(Directory.GetFiles(Path.GetDirectoryName(source)!, "*" + UploadJournal.Extension));
    }

    /// <summary>
    /// Uploads until nine ranges are there; then somebody writes the footer and ends the access, and a journal says that all was there.
    /// </summary>
    private static async Task<string> BreakAndEndAsync(UploadCloud cloud, string source)
    {
        string journal = await BreakAsync(cloud, source, "disk");
        await cloud.UploadAsync(source, Target("blob"));
        byte[] whole = await File.ReadAllBytesAsync(cloud.Cloud.FindBlobFile(UploadCloud.BlobUri)!);
        Uri address = await cloud.GrantAsync("web01");
        using MemoryStream footer = new(whole[^512..]);
        await cloud.Session.Storage.PageBlobWithSas(address).UploadPagesAsync(footer, RawDisk.Capacity);
        await cloud.RevokeAsync();
        await File.AppendAllTextAsync(journal, Encoding.ASCII.GetString(JournalFormat.WriteVerified()));
        return journal;
    }

    /// <summary>Writes other lines, each with its right checksum.</summary>
    /// <param name="journal">The journal.</param>
    /// <param name="change">What becomes of each chunk.</param>
    /// <param name="everyChunk">Whether chunks are added that no line tells of, as if they had been changed too.</param>
    /// <param name="header">What becomes of the header.</param>
    private static void Rewrite(string journal, Func<SentChunk, SentChunk> change, bool everyChunk = false, Func<JournalHeader, JournalHeader>? header = null)
    {
        string[] lines = File.ReadAllLines(journal);
        JournalHeader begun = JournalFormat.ReadHeader(Encoding.ASCII.GetBytes(lines[0]))!;
        List<byte> bytes = [.. JournalFormat.Write(header?.Invoke(begun) ?? begun)];
        foreach (string line in lines[1..])
        {
            Assert.True(JournalFormat.TryRead(Encoding.ASCII.GetBytes(line), RawDisk.Capacity, out SentChunk? chunk));
            bytes.AddRange(JournalFormat.Write(change(chunk!)));
        }

        for (long offset = 0; everyChunk && offset < RawDisk.Capacity; offset += 4 << 20)
        {
            bytes.AddRange(JournalFormat.Write(change(new SentChunk(offset, 4 << 20, []))));
        }

        File.WriteAllBytes(journal, [.. bytes]);
    }

    private async Task AssertHeldAsync(string source, string kind, VhdUpload upload)
        => await RawDisk.AssertHeldAsync(source, (kind == "disk" ? _cloud.FindDiskFile(upload.Id) : _cloud.FindBlobFile(upload.Uri!))!);
}
