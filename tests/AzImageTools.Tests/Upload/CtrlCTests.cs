using System.Diagnostics;
using System.Globalization;
using AzImageTools.Services;
using AzImageTools.Services.Upload;
using AzImageTools.TestKit;
using Azure.Storage;
using Azure.Storage.Blobs;

namespace AzImageTools.Tests.Upload;

/// <summary>Send-AzVhd in a process of its own that gets SIGINT, as from Ctrl+C, while the network does not move.</summary>
public sealed class CtrlCTests(Azurite azurite) : IDisposable
{
    /// <summary>Against a test that hangs; the network alone would keep the command for longer.</summary>
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(1);

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Ctrl_C_ends_an_upload_whose_sockets_are_stalled_says_how_it_goes_on_and_leaves_a_sound_journal()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "SIGINT is sent by programs of Linux");
        ExternalTool.SkipUnlessInstalled("kill");
        Uri endpoint = await azurite.GetEndpointAsync();
        string container = $"c{Guid.NewGuid():N}";
        await new BlobServiceClient(endpoint, new StorageSharedKeyCredential(Azurite.AccountName, Azurite.AccountKey))
            .CreateBlobContainerAsync(container, cancellationToken: TestContext.Current.CancellationToken);
        await using FaultProxy proxy = new(endpoint);
        proxy.Script(ConnectionFault.Stall, times: int.MaxValue, afterBytes: 5 << 20);
        string disk = _folder.File("disk.raw");
        byte[] content = new byte[120 << 20];
        Random.Shared.NextBytes(content);
        await File.WriteAllBytesAsync(disk, content, TestContext.Current.CancellationToken);
        string script = $$"""
            Import-Module {{Path.Combine(RepositoryPaths.Root, "out", "AzImageTools")}}
            $context = [pscustomobject]@{ ConnectionString = 'AccountName={{Azurite.AccountName}};AccountKey={{Azurite.AccountKey}}'; BlobEndPoint = '{{proxy.Through(endpoint)}}' }
            Send-AzVhd {{disk}} -StorageContext $context -Container {{container}} -Readiness None -ThrottleLimit 4
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
        PendingUpload pending = Assert.Single(await new PendingUploadService(session: null).ListAsync(resourceGroup: null, _folder.FullName, OperationContext.None));
        Assert.Equal(("Interrupted", disk), (pending.State, pending.SourcePath));
        Assert.NotEqual(0, pending.BytesSent);
    }
}
