using AzImageTools.Sandbox;
using AzImageTools.Sandbox.Faults;
using AzImageTools.Services.Tests.Plans;
using AzImageTools.Services.Upload;
using AzImageTools.Services.Upload.Resume;
using AzImageTools.Services.Upload.Target;
using AzImageTools.TestKit;

namespace AzImageTools.Services.Tests.Upload;

/// <summary>Whoever presses Ctrl+C gets the prompt back also while nothing answers, and the same command goes on.</summary>
public sealed class CancellationTests : IDisposable
{
    /// <summary>Against a test that hangs; nothing is measured by it.</summary>
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(20);

    private static readonly ManagedDiskTarget Disk = new("sandbox-rg", "web01");
    private static readonly PageBlobTarget Blob = new("sandboximages", "vhds", "web01.vhd");
    private readonly TempFolder _folder = new();
    private readonly SandboxCloud _cloud = new();

    public void Dispose()
    {
        _cloud.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Cancelling_returns_at_once_although_the_service_does_not_answer_and_the_journal_is_sound()
    {
        string source = RawDisk.Create(_folder);
        using UploadCloud cloud = await UploadCloud.ConnectAsync(_cloud);
        _cloud.Inject(new SandboxFault { Kind = SandboxFaultKind.Stall, Operation = "page", After = 9, Times = int.MaxValue });
        _cloud.Inject(new SandboxFault { Kind = SandboxFaultKind.Stall, Operation = "lease", After = 1, Times = int.MaxValue });
        using CancellationTokenSource cancellation = new();
        Task<VhdUpload> upload = cloud.UploadAsync(source, Blob, throttleLimit: 1, context: new() { Cancellation = cancellation.Token });
        while (_cloud.Requests.Count(request => request.Operation == "page") < 9)
        {
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }

        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => upload.WaitAsync(Timeout, TestContext.Current.CancellationToken));

        Assert.NotEqual(0, JournalReader.Read(Assert.Single(Directory.GetFiles(_folder.FullName, "*" + UploadJournal.Extension)))!.ChunkCount);
    }

    [Theory]
    [InlineData("disk")]
    [InlineData("blob")]
    public async Task Cancelling_before_anything_was_sent_returns_although_nothing_answers_any_more_and_the_next_run_goes_on(string kind)
    {
        string source = _folder.File("full.raw");
        byte[] content = new byte[24 << 20];
        Random.Shared.NextBytes(content);
        await File.WriteAllBytesAsync(source, content, TestContext.Current.CancellationToken);
        using SandboxCloud stuck = new();
        using CancellationTokenSource cancellation = new();

        // Pages from the first on, since several are on their way at once; then everything else too.
        stuck.Inject(new SandboxFault { Kind = SandboxFaultKind.Stall, Operation = "page", Times = int.MaxValue });
        using HookHandler hook = new(stuck.CreateHandler(), HookHandler.AtPage(1, () =>
        {
            stuck.Inject(new SandboxFault { Kind = SandboxFaultKind.Stall, Times = int.MaxValue });
            cancellation.CancelAfter(TimeSpan.FromMilliseconds(100));
        }));
        UploadTarget target = kind == "disk" ? Disk : Blob;
        RecordingLog log = new();
        using (UploadCloud cloud = await UploadCloud.ConnectAsync(stuck, hook))
        {
            Task<VhdUpload> upload = cloud.UploadAsync(source, target, context: new() { Cancellation = cancellation.Token, Log = log });

            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => upload.WaitAsync(Timeout, TestContext.Current.CancellationToken));
        }

        Assert.Equal(0, JournalReader.Read(Assert.Single(Directory.GetFiles(_folder.FullName, "*" + UploadJournal.Extension)))!.ChunkCount);
        Assert.Contains(log.Warnings, warning => warning.Contains("The same command continues it"));
    }

    [Theory]
    [InlineData("disk", "POST", "/endGetAccess", null)]
    [InlineData("blob", "PUT", null, "metadata")]
    public async Task Cancelling_while_the_end_is_noted_returns_although_nothing_answers_and_the_next_run_sends_no_page(string kind, string method, string? path, string? operation)
    {
        string source = RawDisk.Create(_folder);
        using UploadCloud cloud = await UploadCloud.ConnectAsync(_cloud);
        _cloud.Inject(new SandboxFault { Kind = SandboxFaultKind.Stall, Method = method, PathPart = path, Operation = operation });
        using CancellationTokenSource cancellation = new();
        UploadTarget target = kind == "disk" ? Disk : Blob;
        Task<VhdUpload> upload = cloud.UploadAsync(source, target, context: new() { Cancellation = cancellation.Token });
        while (_cloud.Requests.Count(request => request.Operation == "page") < RawDisk.Ranges + 1)
        {
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }

        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => upload.WaitAsync(Timeout, TestContext.Current.CancellationToken));
        VhdUpload again = await cloud.UploadAsync(source, target);

        Assert.Equal(512, again.BytesSent);
        await RawDisk.AssertHeldAsync(source, (kind == "disk" ? _cloud.FindDiskFile(again.Id) : _cloud.FindBlobFile(again.Uri!))!);
    }
}
