using System.Net;
using System.Net.Sockets;
using AzImageTools.Disks;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using AzImageTools.Services.Tests.Plans;
using AzImageTools.Services.Tests.Session;
using AzImageTools.Services.Tests.Upload;
using AzImageTools.Services.Upload;
using AzImageTools.Services.Upload.Target;
using AzImageTools.TestKit;
using Azure.Storage.Blobs.Specialized;

namespace AzImageTools.Services.Tests.Wire;

/// <summary>What lies between a machine and Azure: firewalls, proxies, inspected connections, hosts that nobody reaches.</summary>
public sealed class ConnectionTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_storage_firewall_is_named_and_no_blob_is_asked_to_be_removed(bool canLook)
    {
        await using LocalServer server = BlobServer.Start(async (request, stream, stop) =>
        {
            bool isRefused = !canLook || request.Method != "HEAD";
            if (isRefused)
            {
                await LocalServer.AnswerAsync(
                    stream,
                    "403 This request is not authorized to perform this operation.",
                    "x-ms-error-code: AuthorizationFailure\r\nContent-Type: application/xml\r\n",
                    request.Method == "HEAD" ? string.Empty : "<?xml version=\"1.0\"?><Error><Code>AuthorizationFailure</Code><Message>This request is not authorized to perform this operation.</Message></Error>",
                    stop);
            }

            return isRefused;
        });

        ImageServiceException error = await Assert.ThrowsAnyAsync<ImageServiceException>(() => SendAsync(server.Address));

        Assert.Equal(("AuthorizationFailure", ErrorKind.PermissionDenied), (error.ErrorId, error.Kind));
        Assert.Contains("firewall", error.Message, StringComparison.Ordinal);
        Assert.Contains("private endpoint", error.Message, StringComparison.Ordinal);
        Assert.Contains("network rules", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("ask for a role", error.Message, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("remove by hand", error.Message, StringComparison.Ordinal);
        Assert.Empty((error as PlanFailedException)?.NotUndone ?? []);
    }

    [Theory]
    [InlineData("https")]
    [InlineData("http")]
    public async Task A_proxy_that_wants_a_sign_in_is_told_at_once_and_its_password_never(string scheme)
    {
        await using LocalServer proxy = LocalServer.Always("407 Proxy Authentication Required", "Proxy-Authenticate: Basic realm=\"corp\"\r\nConnection: close\r\n", "<html>Sign in</html>");
        UriBuilder address = new(proxy.Address) { UserName = "joe", Password = "geheim" };
        WebProxy through = new(address.Uri) { Credentials = new NetworkCredential("joe", "geheim") };

        ImageServiceException error = await Assert.ThrowsAsync<ImageServiceException>(() => AskAsync(new Uri($"{scheme}://acct.blob.core.windows.net/c/d.vhd?sig=abc"), through));

        Assert.Equal(("ProxyAuthenticationRequired", ErrorKind.Authentication), (error.ErrorId, error.Kind));
        Assert.Contains("HTTPS_PROXY", error.Remedy, StringComparison.Ordinal);
        Assert.DoesNotContain("geheim", error.ToString(), StringComparison.Ordinal);

        // Once without, once with the password.
        Assert.InRange(proxy.Requests, 1, 2);
    }

    [Fact]
    public async Task A_certificate_that_is_not_trusted_is_told_at_once_with_the_reason_and_what_to_do()
    {
        await using LocalServer server = new((_, _, _) => Task.CompletedTask, encrypted: true);
        RecordingLog log = new();

        ImageServiceException error = await Assert.ThrowsAnyAsync<ImageServiceException>(() => SendAsync(server.Address, log));

        Assert.Equal(("CertificateNotTrusted", ErrorKind.Connection), (error.ErrorId, error.Kind));
        Assert.Contains("certificate", error.Message, StringComparison.Ordinal);
        Assert.Contains("UntrustedRoot", error.Message, StringComparison.Ordinal);
        Assert.Contains("inspect", error.Remedy, StringComparison.Ordinal);
        Assert.DoesNotContain(log.Warnings, warning => warning.Contains("reached", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("http://127.0.0.1:1/acct/c/d.vhd?sig=abc", "127.0.0.1")]
    [InlineData("https://acct.blob.core.invalid/c/d.vhd?sig=abc", "acct.blob.core.invalid")]
    public async Task A_host_that_is_not_reached_is_told_with_one_warning_and_tried_again(string address, string host)
    {
        RecordingLog log = new();

        ImageServiceException error = await Assert.ThrowsAnyAsync<ImageServiceException>(() => SendAsync(new Uri(address), log));

        Assert.Equal(("ConnectionFailed", ErrorKind.Connection), (error.ErrorId, error.Kind));
        string warning = Assert.Single(log.Warnings, warning => warning.Contains("reached", StringComparison.Ordinal));
        Assert.Contains($"{host} can't be reached", warning, StringComparison.Ordinal);
        Assert.Equal(7, log.Messages.Count(message => message.Contains("Trying again", StringComparison.Ordinal)));
    }

    [Fact]
    [Trait("Libraries", "net8.0")]
    public async Task A_host_that_does_not_answer_at_all_is_told_within_seconds()
    {
        // Nobody accepts: what does not fit in the queue is dropped in silence.
        using Socket silent = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        silent.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        silent.Listen(0);
        List<Socket> waiting = [];
        for (int i = 0; i < 4; i++)
        {
            Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            waiting.Add(socket);
            _ = socket.ConnectAsync(silent.LocalEndPoint!, TestContext.Current.CancellationToken).AsTask().ContinueWith(_ => { }, TaskScheduler.Default);
        }

        using CancellationTokenSource told = new(TimeSpan.FromSeconds(40));
        CancellingLog log = new(told);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => SendAsync(new Uri($"http://127.0.0.1:{((IPEndPoint)silent.LocalEndPoint!).Port}/acct/c/d.vhd?sig=abc"), log, told.Token));

        Assert.Contains("can't be reached", log.Text, StringComparison.Ordinal);
        waiting.ForEach(socket => socket.Dispose());
    }

    [Fact]
    public async Task A_service_that_is_busy_is_told_of_while_it_is_asked_again()
    {
        int asked = 0;
        await using LocalServer server = BlobServer.Start(async (request, stream, stop) =>
        {
            bool isBusy = Interlocked.Increment(ref asked) == 1;
            if (isBusy)
            {
                await LocalServer.AnswerAsync(stream, "503 Server Busy", "x-ms-error-code: ServerBusy\r\n", string.Empty, stop);
            }

            return isBusy;
        });
        RecordingLog log = new();

        await Assert.ThrowsAnyAsync<ImageServiceException>(() => SendAsync(server.Address, log));

        Assert.Contains(log.Messages, message => message.Contains("answers 503", StringComparison.Ordinal));
        Assert.DoesNotContain(log.Warnings, warning => warning.Contains("reached", StringComparison.Ordinal));
    }

    private static async Task AskAsync(Uri address, WebProxy proxy)
    {
        StorageClients clients = new(AzureTransport.Create(proxy), new InstantTime(), CloudEnvironment.AzureCloud, credential: null);
        PageBlobClient blob = clients.PageBlobWithSas(address);
        await AzureErrors.CallAsync("Looking for the blob", target: null, () => blob.GetPropertiesAsync(cancellationToken: TestContext.Current.CancellationToken));
    }

    private async Task SendAsync(Uri server, IOperationLog? log = null, CancellationToken? cancellation = null)
    {
        OperationContext context = new() { Time = new ScaledTime(100), Cancellation = cancellation ?? TestContext.Current.CancellationToken, Log = log ?? new RecordingLog() };
        using RequestNotices notices = RequestNotices.Begin(context.Log);
        string address = server.Query.Length > 0 ? server.OriginalString : $"{server}acct/c/d.vhd?sv=1&sig=abc";
        await Uploads.RunAsync(session: null, new UploadRequest { Path = RawDisk.Create(_folder), Target = new SasTarget(address) }, context);
    }

    /// <summary>Cancels at the first warning, and keeps it.</summary>
    private sealed class CancellingLog(CancellationTokenSource cancellation) : IOperationLog
    {
        private string? _warning;

        public string Text => _warning ?? string.Empty;

        public bool WantsVerbose => true;

        public bool WantsDebug => true;

        public void Warning(string message)
        {
            if (message.Contains("reached", StringComparison.Ordinal))
            {
                _warning ??= message;
                cancellation.Cancel();
            }
        }

        public void Verbose(string message)
        {
        }

        public void Debug(string message)
        {
        }
    }
}
