using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using AzImageTools.Disks;
using AzImageTools.Disks.Images;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using AzImageTools.Services.Tests.Plans;
using AzImageTools.Services.Upload;
using AzImageTools.Services.Upload.Resume;
using AzImageTools.Services.Upload.Source;
using AzImageTools.Services.Upload.Target;
using AzImageTools.Services.Upload.Transfer;
using AzImageTools.TestKit;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Azure.Storage.Sas;

namespace AzImageTools.Services.Tests.Upload;

public sealed class AzuriteUploadTests(Azurite azurite) : IDisposable
{
    private readonly TempFolder _folder = new();

    public static TheoryData<string> Disks => [.. TestDisk.Names];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Disks))]
    public async Task A_disk_of_any_format_arrives_as_a_fixed_VHD_with_the_same_bytes(string name)
    {
        AzuriteBlobs blobs = await AzuriteBlobs.CreateAsync(azurite);
        TestDisk disk = TestDisk.Find(name);
        string source = disk.Unpack(_folder);

        VhdUpload upload = await UploadAsync(source, blobs.Target("d.vhd"));

        await UploadedBytes.EqualAsync(disk, source, await blobs.DownloadAsync("d.vhd", _folder), upload);
        Assert.Equal(UploadTargetKind.PageBlob, upload.TargetKind);
        Assert.Equal(blobs.Blob("d.vhd").Uri, upload.Uri);
        Assert.Equal("d.vhd", upload.Name);
        Assert.True(upload.BytesSent < disk.Capacity / 2, $"{upload.BytesSent} of {disk.Capacity} bytes were sent");
    }

    [Fact]
    public async Task A_blob_that_is_there_stays_unless_forced()
    {
        AzuriteBlobs blobs = await AzuriteBlobs.CreateAsync(azurite);
        TestDisk disk = TestDisk.Find("mbr-dynamic.vhdx");
        string source = disk.Unpack(_folder);
        await blobs.Blob("d.vhd").CreateAsync(512);

        ImageServiceException error = await Assert.ThrowsAsync<ImageServiceException>(() => UploadAsync(source, blobs.Target("d.vhd")));
        long kept = (await blobs.Blob("d.vhd").GetPropertiesAsync(cancellationToken: TestContext.Current.CancellationToken)).Value.ContentLength;
        VhdUpload forced = await UploadAsync(source, blobs.Target("d.vhd", force: true));

        Assert.Equal("BlobAlreadyExists", error.ErrorId);
        Assert.Equal(ErrorKind.AlreadyExists, error.Kind);
        Assert.Equal(512, kept);
        await UploadedBytes.EqualAsync(disk, source, await blobs.DownloadAsync("d.vhd", _folder), forced);
    }

    [Fact]
    public async Task A_SAS_that_allows_writing_alone_uploads_without_the_comparison_and_overwrites_nothing()
    {
        AzuriteBlobs blobs = await AzuriteBlobs.CreateAsync(azurite);
        string source = TestDisk.Find("mbr-dynamic.vhdx").Unpack(_folder);
        RecordingLog log = new();

        VhdUpload upload = await UploadAsync(source, blobs.Target("d.vhd", BlobSasPermissions.Create | BlobSasPermissions.Write), new() { Log = log });
        ImageServiceException again = await Assert.ThrowsAnyAsync<ImageServiceException>(
            () => UploadAsync(source, blobs.Target("d.vhd", BlobSasPermissions.Create | BlobSasPermissions.Write)));

        Assert.False(upload.Verified);
        Assert.Contains(log.Warnings, warning => warning.Contains("could not be compared"));
        Assert.Equal("BlobAlreadyExists", again.ErrorId);
    }

    [Fact]
    public async Task A_body_that_was_damaged_on_the_way_is_refused_by_its_checksum()
    {
        AzuriteBlobs blobs = await AzuriteBlobs.CreateAsync(azurite);
        await blobs.Blob("d.vhd").CreateAsync(1 << 20);
        PageBlobClient damaging = StorageClients.WithoutSession(TimeProvider.System).PageBlobWithSas(blobs.Sas("d.vhd"), new DamagingPolicy());
        byte[] page = [.. Enumerable.Range(0, 4096).Select(i => (byte)(i * 7))];

        ImageServiceException error = await Assert.ThrowsAsync<ImageServiceException>(
            () => new PageWriter(damaging, leaseId: null).WriteAsync(new ArraySegment<byte>(page), 0, Crc64Nvme.Compute(page), TestContext.Current.CancellationToken));

        Assert.Equal("Crc64Mismatch", error.ErrorId);
        Assert.Equal(ErrorKind.InvalidData, error.Kind);
    }

    [Fact]
    public async Task A_body_that_arrives_whole_is_taken_with_its_checksum()
    {
        AzuriteBlobs blobs = await AzuriteBlobs.CreateAsync(azurite);
        await blobs.Blob("d.vhd").CreateAsync(1 << 20);
        HeaderPolicy seen = new();
        PageBlobClient blob = StorageClients.WithoutSession(TimeProvider.System).PageBlobWithSas(blobs.Sas("d.vhd"), seen);
        byte[] page = [.. Enumerable.Range(0, 4096).Select(i => (byte)(i * 7))];

        await new PageWriter(blob, leaseId: null).WriteAsync(new ArraySegment<byte>(page), 512, Crc64Nvme.Compute(page), TestContext.Current.CancellationToken);

        Assert.Equal(Convert.ToBase64String(BitConverter.GetBytes(Crc64Nvme.Compute(page))), seen.Checksum);
        BlobDownloadResult held = await blobs.Blob("d.vhd").DownloadContentAsync();
        Assert.Equal(page, held.Content.ToArray().AsSpan(512, 4096).ToArray());
    }

    [Fact]
    public async Task A_cancelled_upload_is_continued_and_no_journalled_chunk_is_sent_again()
    {
        AzuriteBlobs blobs = await AzuriteBlobs.CreateAsync(azurite);
        string source = RawDisk.Create(_folder);
        using CancellationTokenSource cancellation = new();
        CancelOnFirstBytes progress = new(cancellation);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => UploadAsync(source, blobs.Target("d.vhd"), new() { Progress = progress, Cancellation = cancellation.Token }));
        string[] journals = Directory.GetFiles(_folder.FullName, "*" + UploadJournal.Extension);
        long journalled = journals.Length == 0 ? 0 : JournalReader.Read(journals[0])!.BytesDone;
        VhdUpload upload = await UploadAsync(source, blobs.Target("d.vhd"));

        Assert.Equal(journalled, upload.BytesResumed);
        await RawDisk.AssertHeldAsync(source, await blobs.DownloadAsync("d.vhd", _folder));
    }

    [Fact]
    public async Task Verify_reads_back_all_that_was_sent()
    {
        AzuriteBlobs blobs = await AzuriteBlobs.CreateAsync(azurite);
        string source = RawDisk.Create(_folder);

        VhdUpload upload = await Uploads.RunAsync(
            session: null, new UploadRequest { Path = source, Target = blobs.Target("d.vhd"), Verify = true }, OperationContext.None);

        Assert.Equal(upload.BytesSent - 512, upload.BytesVerified);
        BlobProperties properties = await blobs.Blob("d.vhd").GetPropertiesAsync(cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(upload.Crc64, properties.Metadata["azimagetoolscrc64"]);
        Assert.Equal(LeaseState.Available, properties.LeaseState);
    }

    [Fact]
    public async Task A_blob_is_leased_while_it_is_written()
    {
        AzuriteBlobs blobs = await AzuriteBlobs.CreateAsync(azurite);
        string source = RawDisk.Create(_folder);
        ConcurrentQueue<LeaseState> seen = new();
        PageBlobClient other = blobs.Blob("d.vhd");
        WatchingProgress progress = new(() => seen.Enqueue(other.GetProperties(cancellationToken: TestContext.Current.CancellationToken).Value.LeaseState));

        await UploadAsync(source, blobs.Target("d.vhd"), new() { Progress = progress });

        Assert.NotEmpty(seen);
        Assert.All(seen, state => Assert.Equal(LeaseState.Leased, state));
    }

    [Fact]
    public async Task Pages_that_someone_else_wrote_are_found_before_the_footer_is_written()
    {
        AzuriteBlobs blobs = await AzuriteBlobs.CreateAsync(azurite);
        TestDisk disk = TestDisk.Find("no-os.vhd");
        string source = disk.Unpack(_folder);
        await blobs.Blob("d.vhd").CreateAsync(disk.RoundedCapacity + 512);
        using (MemoryStream foreign = new(Enumerable.Repeat((byte)1, 512).ToArray()))
        {
            await blobs.Blob("d.vhd").UploadPagesAsync(foreign, disk.RoundedCapacity - (8 << 20));
        }

        using OpenedImage image = OpenedImage.Open(source, cancellation: TestContext.Current.CancellationToken);
        UploadSource open = new(image, skipsFreeSpace: false, OperationContext.None);
        using UploadBudget budget = new(4, TimeProvider.System);
        PageBlobClient blob = StorageClients.WithoutSession(TimeProvider.System).PageBlobWithSas(blobs.Sas("d.vhd"));
        ImageServiceException error = await Assert.ThrowsAsync<ImageServiceException>(() => Uploads.Engine(open, blob, budget).RunAsync(OperationContext.None));

        Assert.Equal("UploadDisturbed", error.ErrorId);
        BlobDownloadResult held = await blobs.Blob("d.vhd").DownloadContentAsync();
        Assert.False(held.Content.ToMemory().Span[^512..].ContainsAnyExcept((byte)0));
    }

    [Fact]
    public async Task A_wrong_SAS_gives_one_clear_error_without_it()
    {
        AzuriteBlobs blobs = await AzuriteBlobs.CreateAsync(azurite);
        string source = TestDisk.Find("mbr-dynamic.vhdx").Unpack(_folder);
        string wrong = Regex.Replace(blobs.Sas("d.vhd").AbsoluteUri, "sig=[^&]+", "sig=pXKx7pQnJm6XbB2rJk9WzYd4LqT0vHc8sGfE1aUiO3M%3D");

        ImageServiceException error = await Assert.ThrowsAnyAsync<ImageServiceException>(() => UploadAsync(source, new SasTarget(wrong)));

        // Azure calls it AuthenticationFailed, Azurite AuthorizationFailure.
        Assert.Contains(error.Kind, new[] { ErrorKind.Authentication, ErrorKind.PermissionDenied });
        Assert.DoesNotContain("sig=", error.ToString());
        Assert.DoesNotContain("pXKx7pQnJm6", error.ToString());
    }

    [Fact]
    public async Task The_signature_shows_nowhere_in_what_an_upload_says()
    {
        AzuriteBlobs blobs = await AzuriteBlobs.CreateAsync(azurite);
        string source = TestDisk.Find("mbr-dynamic.vhdx").Unpack(_folder);
        Uri sas = blobs.Sas("d.vhd");
        string signature = Uri.UnescapeDataString(Regex.Match(sas.Query, "sig=([^&]+)").Groups[1].Value);
        RecordingLog log = new();
        RecordingProgress progress = new();
        UploadRequest request = new() { Path = source, Target = new SasTarget(sas.AbsoluteUri) };

        Plan<VhdUpload> plan = await Uploads.PlanAsync(session: null, request, new() { Log = log });
        VhdUpload upload = await PlanRunner.RunAsync(plan, new OperationContext { Log = log, Progress = progress });
        ImageServiceException error = await Assert.ThrowsAnyAsync<ImageServiceException>(() => UploadAsync(source, request.Target, new() { Log = log }));

        string said = string.Join('\n', [.. log.Messages, .. log.Warnings, .. progress.Reports.Select(report => report.ToString()), plan.ToString(), upload.ToString(), request.ToString(), error.ToString()]);
        Assert.NotEmpty(progress.Reports);
        Assert.DoesNotContain(signature, said);
        Assert.DoesNotContain(Uri.EscapeDataString(signature), said);
        Assert.DoesNotContain("sig=", said);
    }

    private static Task<VhdUpload> UploadAsync(string source, UploadTarget target, OperationContext? context = null)
        => Uploads.RunAsync(session: null, new UploadRequest { Path = source, Target = target }, context ?? OperationContext.None);

    private sealed class CancelOnFirstBytes(CancellationTokenSource cancellation) : IProgress<OperationProgress>
    {
        public void Report(OperationProgress value)
        {
            if (value.Status.Contains("sent"))
            {
                cancellation.Cancel();
            }
        }
    }

    private sealed class WatchingProgress(Action whenSent) : IProgress<OperationProgress>
    {
        public void Report(OperationProgress value)
        {
            if (value.Status.Contains("sent,"))
            {
                whenSent();
            }
        }
    }

    /// <summary>Changes a byte of the body behind the checksum's back.</summary>
    private sealed class DamagingPolicy : HttpPipelineSynchronousPolicy
    {
        public override void OnSendingRequest(HttpMessage message)
        {
            using MemoryStream body = new();
            message.Request.Content!.WriteTo(body, CancellationToken.None);
            byte[] bytes = body.ToArray();
            bytes[100] ^= 1;
            message.Request.Content = RequestContent.Create(bytes);
        }
    }

    private sealed class HeaderPolicy : HttpPipelineSynchronousPolicy
    {
        public string? Checksum { get; private set; }

        public override void OnSendingRequest(HttpMessage message)
        {
            message.Request.Headers.TryGetValue(PageWriter.ChecksumHeader, out string? value);
            Checksum = value;
        }
    }
}
