using System.Diagnostics;
using System.Globalization;
using System.Management.Automation;
using AzImageTools.Sandbox;
using AzImageTools.Services;
using AzImageTools.Services.Upload;
using AzImageTools.TestKit;
using Azure.Storage;
using Azure.Storage.Blobs;

namespace AzImageTools.Tests.Upload;

/// <summary>Send-AzVhd, stopped while the network does not move: in a process of its own by SIGINT, as from Ctrl+C, and as a job by Stop-Job.</summary>
public sealed class CtrlCTests(Azurite azurite) : IDisposable
{
    /// <summary>Against a test that hangs; the network alone would keep the command for longer.</summary>
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(1);

    /// <summary>A few seconds on a quiet machine; the requests alone would wait for longer.</summary>
    private static readonly TimeSpan SoonForAJob = TimeSpan.FromSeconds(20);

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Ctrl_C_ends_an_upload_whose_sockets_are_stalled_says_how_it_goes_on_and_leaves_a_sound_journal()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "SIGINT is sent by programs of Linux");
        ExternalTool.SkipUnlessInstalled("kill");
        Uri endpoint = await azurite.GetEndpointAsync();
        await using FaultProxy proxy = new(endpoint);
        (string disk, string command) = await PrepareAsync(endpoint, proxy);
        string script = $"""
            Import-Module {Path.Combine(RepositoryPaths.Root, "out", "AzImageTools")}
            {command}
            """;
        ProcessStartInfo start = new("env", ["--default-signal=INT", "dotnet", PowerShellProgram.Shell, "-Command", script])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        using CancellationTokenSource timeout = new(Timeout);
        while (proxy.Faults < 4 && !process.HasExited)
        {
            await Task.Delay(10, timeout.Token);
        }

        await ExternalTool.RunAsync("kill", "-INT", process.Id.ToString(CultureInfo.InvariantCulture));
        await process.WaitForExitAsync(timeout.Token);

        string said = await output + await error;
        Assert.Equal(1, process.ExitCode);
        Assert.Contains("The same command continues it", said);
        Assert.DoesNotContain(Azurite.AccountKey, said);
        await AssertContinuableAsync(disk);
    }

    [Fact]
    public async Task Stop_Job_ends_an_upload_whose_sockets_are_stalled_and_leaves_a_sound_journal()
    {
        Uri endpoint = await azurite.GetEndpointAsync();
        await using FaultProxy proxy = new(endpoint);
        using SandboxCloud cloud = new();
        using SendAzVhdSession session = new(cloud);
        (string disk, string command) = await PrepareAsync(endpoint, proxy);
        using PowerShell begin = session.Script($"{command} -AsJob");
        Job job = Assert.Single(begin.Invoke<Job>());
        using CancellationTokenSource timeout = new(Timeout);
        while (proxy.Faults < 4 && job.JobStateInfo.State == JobState.Running)
        {
            await Task.Delay(10, timeout.Token);
        }

        Assert.Equal(JobState.Running, job.JobStateInfo.State);
        using PowerShell stop = session.Script("$job | Stop-Job", ("job", job));
        await Task.Run(stop.Invoke, TestContext.Current.CancellationToken).WaitAsync(SoonForAJob, TestContext.Current.CancellationToken);

        Assert.Equal(JobState.Stopped, job.JobStateInfo.State);
        Assert.Empty(job.Error);
        Assert.Contains(job.Warning, warning => warning.Message.Contains("The same command continues it", StringComparison.Ordinal));
        await AssertContinuableAsync(disk);
    }

    /// <summary>A disk, and the command that sends it through a proxy on which nothing moves after 5 MiB.</summary>
    private async Task<(string Disk, string Command)> PrepareAsync(Uri endpoint, FaultProxy proxy)
    {
        string container = $"c{Guid.NewGuid():N}";
        await new BlobServiceClient(endpoint, new StorageSharedKeyCredential(Azurite.AccountName, Azurite.AccountKey))
            .CreateBlobContainerAsync(container, cancellationToken: TestContext.Current.CancellationToken);
        proxy.Script(ConnectionFault.Stall, times: int.MaxValue, afterBytes: 5 << 20);
        string disk = _folder.File("disk.raw");
        byte[] content = new byte[120 << 20];
        Random.Shared.NextBytes(content);
        await File.WriteAllBytesAsync(disk, content, TestContext.Current.CancellationToken);
        return (disk, $$"""
            $context = [pscustomobject]@{ ConnectionString = 'AccountName={{Azurite.AccountName}};AccountKey={{Azurite.AccountKey}}'; BlobEndPoint = '{{proxy.Through(endpoint)}}' }
            Send-AzVhd {{disk}} -StorageContext $context -Container {{container}} -Readiness None -ThrottleLimit 4
            """);
    }

    private async Task AssertContinuableAsync(string disk)
    {
        PendingUpload pending = Assert.Single(await new PendingUploadService(session: null).ListAsync(resourceGroup: null, _folder.FullName, OperationContext.None));
        Assert.Equal(("Interrupted", disk), (pending.State, pending.SourcePath));
        Assert.NotEqual(0, pending.BytesSent);
    }
}
