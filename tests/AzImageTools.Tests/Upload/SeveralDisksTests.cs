using System.Collections.ObjectModel;
using System.Management.Automation;
using System.Net;
using AzImageTools.Sandbox;
using AzImageTools.Sandbox.Faults;
using AzImageTools.Services.Upload;

namespace AzImageTools.Tests.Upload;

public sealed class SeveralDisksTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);
    private readonly SandboxCloud _cloud = new();

    public void Dispose() => _cloud.Dispose();

    [Theory]
    [InlineData("")]
    [InlineData("-AsJob | Wait-Job | Receive-Job")]
    public void Disks_sent_side_by_side_share_one_budget_of_requests_as_jobs_too(string asJob)
    {
        using CountingHandler counting = new(_cloud.CreateHandler());
        using SendAzVhdSession session = new(_cloud, counting);
        _cloud.Inject(new SandboxFault { Kind = SandboxFaultKind.Delay, Operation = "page", Delay = TimeSpan.FromMilliseconds(20), Times = int.MaxValue });
        string[] disks = [session.CreateDisk("a.raw"), session.CreateDisk("b.raw", seed: 2), session.CreateDisk("c.raw", seed: 3)];
        using PowerShell shell = session.Script($"$list | Send-AzVhd -ResourceGroupName sandbox-rg -ThrottleLimit 2 {asJob}", ("list", disks));

        Collection<VhdUpload> uploads = shell.Invoke<VhdUpload>();

        Assert.Empty(shell.Streams.Error);
        Assert.Equal(["a", "b", "c"], uploads.Select(upload => upload.Name).Order());
        Assert.Equal(uploads.Sum(upload => upload.Requests), counting.Pages);
        Assert.InRange(counting.MostInFlight, 1, 2);
    }

    [Fact]
    public async Task With_ErrorAction_Stop_a_failure_of_one_ends_the_others_at_once_and_they_can_be_continued()
    {
        using StuckHandler stuck = new(_cloud.CreateHandler());
        using SendAzVhdSession session = new(_cloud, stuck);
        string[] disks = [session.CreateDisk("stalled.raw"), session.CreateDisk("refused.raw", seed: 2)];
        const string Send = "$list | Send-AzVhd -StorageAccountName sandboximages -Container vhds -Readiness None";
        using PowerShell shell = session.Script($"{Send} -ErrorAction Stop", ("list", disks));

        Task<Collection<PSObject>> run = Task.Run(() => shell.Invoke());
        ActionPreferenceStopException stop = await Assert.ThrowsAsync<ActionPreferenceStopException>(() => run.WaitAsync(Limit, TestContext.Current.CancellationToken));
        int journals = Directory.GetFiles(session.Folder.FullName, "*.azupload").Length;
        stuck.IsStuck = false;
        using PowerShell again = session.Script(Send);
        Collection<VhdUpload> uploads = again.Invoke<VhdUpload>();

        Assert.StartsWith("AuthorizationFailure,", stop.ErrorRecord.FullyQualifiedErrorId);
        Assert.Equal(2, journals);
        Assert.Empty(again.Streams.Error);
        Assert.Equal(2, uploads.Count);
        Assert.All(uploads, upload => Assert.NotEqual(0, upload.BytesResumed));
    }

    /// <summary>Takes two pages of each disk. From then on one disk gets no answers, and when some wait for one, the other is refused.</summary>
    private sealed class StuckHandler(HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        private readonly TaskCompletionSource _isWaiting = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _stalled;
        private int _refused;

        public volatile bool IsStuck = true;

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (!IsStuck || request.Method != HttpMethod.Put || !request.RequestUri!.Query.Contains("comp=page"))
            {
                return await base.SendAsync(request, cancellationToken);
            }

            if (request.RequestUri.AbsolutePath.Contains("stalled") && Interlocked.Increment(ref _stalled) > 2)
            {
                _isWaiting.TrySetResult();
                await Task.Delay(Timeout.Infinite, cancellationToken);
            }

            if (request.RequestUri.AbsolutePath.Contains("refused") && Interlocked.Increment(ref _refused) > 2)
            {
                await _isWaiting.Task.WaitAsync(cancellationToken);
                HttpResponseMessage refusal = new(HttpStatusCode.Forbidden) { RequestMessage = request };
                refusal.Headers.Add("x-ms-error-code", "AuthorizationFailure");
                return refusal;
            }

            return await base.SendAsync(request, cancellationToken);
        }
    }
}
