using System.Net;
using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Conversion;
using AzImageTools.Disks.Images;
using AzImageTools.Sandbox;
using AzImageTools.Sandbox.Configuration;
using AzImageTools.Sandbox.Faults;
using AzImageTools.Services.Download;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Tests.Plans;
using AzImageTools.Services.Tests.Upload;
using AzImageTools.TestKit;
using Azure.ResourceManager.Compute.Models;

namespace AzImageTools.Services.Tests.Download;

/// <summary>What may go wrong while a disk is brought down: each ends with the disk, or in one clear error that the same command goes on from.</summary>
public sealed class DownloadFaultTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly TempFolder _sources = new();
    private readonly SandboxCloud _cloud = new();

    private string Made => _folder.File("web01.vhdx");

    public void Dispose()
    {
        _cloud.Dispose();
        _folder.Dispose();
        _sources.Dispose();
    }

    [Theory]
    [InlineData("blob", 429)]
    [InlineData("blob", 503)]
    [InlineData("disk", 500)]
    public async Task A_status_that_may_pass_is_tried_again(string kind, int status)
    {
        using DownloadCloud cloud = await DownloadCloud.ConnectAsync(_cloud, _sources);
        _cloud.Inject(new SandboxFault { Kind = SandboxFaultKind.Status, Method = "GET", PathPart = kind == "blob" ? "/vhds/" : "/abcd", After = 5, Times = 2, Status = status, RetryAfter = TimeSpan.Zero });

        VhdDownload download = await cloud.DownloadAsync(kind, Made);

        Assert.Equal(2, download.Retries);
        AssertIsDisk();
    }

    [Theory]
    [InlineData("blob")]
    [InlineData("snapshot")]
    public async Task Connections_that_break_in_a_body_are_made_again(string kind)
    {
        using BreakingHandler handler = new(_cloud.CreateHandler(), IsRange, times: 5);
        using DownloadCloud cloud = await DownloadCloud.ConnectAsync(_cloud, _sources, handler);

        Assert.Equal(5, (await cloud.DownloadAsync(kind, Made)).Retries);
        Assert.Equal(kind == "blob", handler.Asked.TrueForAll(asked => asked.IsConditional));
        AssertIsDisk();
    }

    [Theory]
    [InlineData("blob")]
    [InlineData("disk")]
    public async Task Bytes_that_change_on_the_way_are_asked_for_again(string kind)
    {
        using CorruptingHandler handler = new(_cloud.CreateHandler(), times: 3);
        using DownloadCloud cloud = await DownloadCloud.ConnectAsync(_cloud, _sources, handler);

        Assert.Equal(3, (await cloud.DownloadAsync(kind, Made)).Retries);
        AssertIsDisk();
    }

    [Fact]
    public async Task Bytes_that_change_each_time_are_one_clear_error()
    {
        using CorruptingHandler handler = new(_cloud.CreateHandler(), times: int.MaxValue);
        using DownloadCloud cloud = await DownloadCloud.ConnectAsync(_cloud, _sources, handler);

        Assert.Equal("RangeDamaged", (await Assert.ThrowsAsync<PlanFailedException>(() => cloud.DownloadAsync("disk", Made))).ErrorId);
        Assert.Equal(DiskState.Unattached, (await cloud.DiskAsync()).DiskState);
    }

    [Theory]
    [InlineData("blob")]
    [InlineData("disk")]
    [InlineData("snapshot")]
    public async Task What_was_interrupted_the_same_command_goes_on_with(string kind)
    {
        using HookHandler hook = FailingAt(5);
        using DownloadCloud cloud = await DownloadCloud.ConnectAsync(_cloud, _sources, hook);

        PlanFailedException error = await Assert.ThrowsAsync<PlanFailedException>(() => cloud.DownloadAsync(kind, Made, throttleLimit: 1));
        Assert.Contains("continued by the same command", error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Made));
        Assert.Equal(DiskState.Unattached, (await cloud.DiskAsync()).DiskState);
        Assert.Equal(DiskState.Unattached, (await cloud.SnapshotAsync()).DiskState);
        VhdDownload download = await cloud.DownloadAsync(kind, Made);

        Assert.NotEqual(0, download.BytesResumed);
        Assert.NotEqual(0, download.BytesReceived);
        AssertIsDisk();
        Assert.Equal([Made], Directory.GetFiles(_folder.FullName));
    }

    [Fact]
    public async Task A_cancelled_download_is_gone_on_with()
    {
        using CancellationTokenSource cancellation = new();
        using HookHandler hook = new(_cloud.CreateHandler(), AtRange(5, cancellation.Cancel));
        using DownloadCloud cloud = await DownloadCloud.ConnectAsync(_cloud, _sources, hook);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cloud.DownloadAsync("disk", Made, context: new OperationContext { Cancellation = cancellation.Token }, throttleLimit: 1));
        Assert.Equal(DiskState.Unattached, (await cloud.DiskAsync()).DiskState);

        Assert.NotEqual(0, (await cloud.DownloadAsync("disk", Made)).BytesResumed);
        AssertIsDisk();
    }

    [Fact]
    public async Task With_Restart_it_starts_over()
    {
        using HookHandler hook = FailingAt(5);
        using DownloadCloud cloud = await DownloadCloud.ConnectAsync(_cloud, _sources, hook);
        await Assert.ThrowsAsync<PlanFailedException>(() => cloud.DownloadAsync("blob", Made, throttleLimit: 1));

        Assert.Equal(0, (await cloud.DownloadAsync("blob", Made, request => request with { Restart = true })).BytesResumed);
        AssertIsDisk();
    }

    [Fact]
    public async Task A_blob_that_changes_while_it_is_read_is_one_clear_error_and_the_next_run_starts_over()
    {
        byte[] other = Enumerable.Repeat((byte)9, 512).ToArray();
        DownloadCloud? cloud = null;
        using HookHandler hook = new(_cloud.CreateHandler(), AtRange(5, () => cloud!.Session.Storage.PageBlob(UploadCloud.BlobUri).UploadPages(new MemoryStream(other), 0)));
        using (cloud = await DownloadCloud.ConnectAsync(_cloud, _sources, hook))
        {
            RecordingLog log = new();
            Assert.Equal("SourceChanged", (await Assert.ThrowsAsync<PlanFailedException>(() => cloud.DownloadAsync("blob", Made, throttleLimit: 1))).ErrorId);
            VhdDownload download = await cloud.DownloadAsync("blob", Made, context: new OperationContext { Log = log });

            Assert.Equal(0, download.BytesResumed);
            Assert.Contains("has changed since", Assert.Single(log.Warnings), StringComparison.Ordinal);
            using VirtualDisk disk = DiskOpener.Open(Made);
            byte[] first = new byte[512];
            disk.Read(0, first);
            Assert.Equal(other, first);
        }
    }

    [Fact]
    public async Task A_managed_disks_SAS_that_expires_is_renewed()
    {
        MovableTime time = new();
        using SandboxCloud clocked = new(new SandboxOptions { TimeProvider = time });
        using HookHandler hook = new(clocked.CreateHandler(), AtRange(5, () => time.Offset += TimeSpan.FromDays(2)));
        using DownloadCloud cloud = await DownloadCloud.ConnectAsync(clocked, _sources, hook);
        int before = Grants();

        await cloud.DownloadAsync("disk", Made);

        Assert.Equal(2, Grants() - before);
        AssertIsDisk();

        int Grants() => clocked.Requests.Count(request => request.Path.EndsWith("/beginGetAccess", StringComparison.OrdinalIgnoreCase) && request.Method == "POST");
    }

    [Fact]
    public async Task Access_that_is_refused_is_one_clear_error_and_nobody_elses_is_ended()
    {
        using DownloadCloud cloud = await DownloadCloud.ConnectAsync(_cloud, _sources);
        int before = _cloud.Requests.Count;
        _cloud.Inject(new SandboxFault { Kind = SandboxFaultKind.Status, Method = "POST", PathPart = "beginGetAccess", Status = 409, ErrorCode = "OperationNotAllowed" });

        Assert.Equal("OperationNotAllowed", (await Assert.ThrowsAsync<PlanFailedException>(() => cloud.DownloadAsync("disk", Made))).ErrorId);

        Assert.DoesNotContain(_cloud.Requests.Skip(before), request => request.Path.EndsWith("endGetAccess", StringComparison.OrdinalIgnoreCase));
        Assert.Empty(Directory.GetFiles(_folder.FullName));
    }

    [Theory]
    [InlineData("chunk")]
    [InlineData("hole")]
    public async Task What_was_put_into_an_interrupted_file_does_not_stay(string where)
    {
        using HookHandler hook = FailingAt(5);
        using DownloadCloud cloud = await DownloadCloud.ConnectAsync(_cloud, _sources, hook);
        string path = _folder.File("web01.vhd");
        await Assert.ThrowsAsync<PlanFailedException>(() => cloud.DownloadAsync("blob", path, throttleLimit: 1));
        using (FileStream file = new(GrowingImage.PathFor(path), FileMode.Open, FileAccess.ReadWrite))
        {
            file.Position = where == "chunk" ? 100 : 9 << 20;
            file.Write("forged"u8);
        }

        if (where == "chunk")
        {
            await cloud.DownloadAsync("blob", path);
            AssertIsDisk(path);
            return;
        }

        PlanFailedException error = await Assert.ThrowsAsync<PlanFailedException>(() => cloud.DownloadAsync("blob", path));
        Assert.Equal("DownloadDamaged", error.ErrorId);
        Assert.Empty(Directory.GetFiles(_folder.FullName));
        await cloud.DownloadAsync("blob", path);
        AssertIsDisk(path);
    }

    [Fact]
    public async Task A_forged_journal_over_a_forged_file_is_found_out()
    {
        using HookHandler hook = FailingAt(5);
        using DownloadCloud cloud = await DownloadCloud.ConnectAsync(_cloud, _sources, hook);
        string path = _folder.File("web01.vhd");
        RecordingLog log = new();
        await Assert.ThrowsAsync<PlanFailedException>(() => cloud.DownloadAsync("blob", path, throttleLimit: 1));
        ForgedDownload.Forge(Assert.Single(Directory.GetFiles(_folder.FullName, "*.azdownload")), GrowingImage.PathFor(path));

        VhdDownload download = await cloud.DownloadAsync("blob", path, context: new OperationContext { Log = log });

        Assert.Equal(0, download.BytesResumed);
        Assert.Contains("is not what the service holds", Assert.Single(log.Warnings), StringComparison.Ordinal);
        AssertIsDisk(path);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(0)]
    public async Task A_journal_that_is_cut_off_costs_what_it_lacks(int length)
    {
        using HookHandler hook = FailingAt(5);
        using DownloadCloud cloud = await DownloadCloud.ConnectAsync(_cloud, _sources, hook);
        await Assert.ThrowsAsync<PlanFailedException>(() => cloud.DownloadAsync("blob", Made, throttleLimit: 1));
        using (FileStream journal = File.OpenWrite(Assert.Single(Directory.GetFiles(_folder.FullName, "*.azdownload"))))
        {
            journal.SetLength(length);
        }

        Assert.Equal(0, (await cloud.DownloadAsync("blob", Made)).BytesResumed);
        AssertIsDisk();
    }

    private static bool IsRange(HttpRequestMessage request)
        => request.Method == HttpMethod.Get && request.Headers.TryGetValues("x-ms-range", out IEnumerable<string>? range) && !range.Single().EndsWith($"-{RawDisk.Capacity + 511}", StringComparison.Ordinal);

    /// <summary>Does something once, before the range with that number, counted from 1.</summary>
    private static Action<HttpRequestMessage> AtRange(int number, Action action)
    {
        int seen = 0;
        return request =>
        {
            if (IsRange(request) && Interlocked.Increment(ref seen) == number)
            {
                action();
            }
        };
    }

    private HookHandler FailingAt(int range)
        => new(_cloud.CreateHandler(), AtRange(range, () => _cloud.Inject(new SandboxFault { Kind = SandboxFaultKind.Status, Method = "GET", Status = 400, Times = 2, ErrorCode = "InvalidInput" })));

    private void AssertIsDisk(string? path = null)
    {
        using VirtualDisk disk = DiskOpener.Open(path ?? Made);
        byte[] bytes = new byte[disk.Capacity];
        disk.Read(0, bytes);
        Assert.True(File.ReadAllBytes(_sources.File("disk.raw")).AsSpan().SequenceEqual(bytes), "The file is not the disk.");
    }

    /// <summary>Changes a byte of some answers.</summary>
    private sealed class CorruptingHandler(HttpMessageHandler inner, int times) : DelegatingHandler(inner)
    {
        private int _left = times;

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            HttpResponseMessage response = await base.SendAsync(request, cancellationToken);
            if (IsRange(request) && response.StatusCode == HttpStatusCode.PartialContent && Interlocked.Decrement(ref _left) >= 0)
            {
                byte[] body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
                body[body.Length / 2] ^= 1;
                ByteArrayContent changed = new(body);
                foreach (KeyValuePair<string, IEnumerable<string>> header in response.Content.Headers)
                {
                    changed.Headers.TryAddWithoutValidation(header.Key, header.Value);
                }

                response.Content = changed;
            }

            return response;
        }
    }

    private sealed class MovableTime : TimeProvider
    {
        public TimeSpan Offset { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Offset;
    }
}
