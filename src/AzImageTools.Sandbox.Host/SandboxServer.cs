using System.Net;
using System.Text;
using AzImageTools.Sandbox.Host.Forwarding;
using AzImageTools.Sandbox.Host.Proxy;
using AzImageTools.Sandbox.Host.SignIn;

namespace AzImageTools.Sandbox.Host;

/// <summary>
/// A sandbox for any client of Azure on this machine: a proxy on the loopback address whose tunnels all end at a <see cref="SandboxCloud"/>,
/// with certificates of an authority that is made at start and lives as long as the server. Nothing leaves the machine; hosts that are not
/// Azure's are refused.
/// </summary>
public sealed class SandboxServer : IAsyncDisposable
{
    private static readonly TimeSpan LongestGoodbye = TimeSpan.FromSeconds(2);

    private readonly WebApplication _application;
    private readonly CertificateAuthority _authority;
    private readonly CloudForwarder _forwarder;
    private readonly RequestLog _log;
    private readonly DirectoryInfo _folder;

    private SandboxServer(WebApplication application, CertificateAuthority authority, CloudForwarder forwarder, RequestLog log, DirectoryInfo folder)
    {
        _application = application;
        _authority = authority;
        _forwarder = forwarder;
        _log = log;
        _folder = folder;
    }

    /// <summary>What a client's process needs in its environment, by name; no value is a secret.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; private set; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>The proxy's address, such as <c>http://127.0.0.1:34567</c>.</summary>
    public Uri Address { get; private set; } = new("http://127.0.0.1");

    /// <summary>The file with the certificate that clients are to trust, PEM.</summary>
    public string AuthorityFile => Path.Combine(_folder.FullName, "sandbox-ca.pem");

    /// <summary>Begins to serve.</summary>
    /// <param name="cloud">What answers. It stays the caller's.</param>
    /// <param name="options">How to listen.</param>
    /// <param name="cancellation">Ends the start.</param>
    /// <exception cref="IOException">The port is taken, or the log or the temporary folder can't be written.</exception>
    public static async Task<SandboxServer> StartAsync(SandboxCloud cloud, ServerOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(cloud);
        options ??= new ServerOptions();
        RequestLog log = new(options.LogFile);
        CertificateAuthority authority = new();
        CloudForwarder forwarder = new(cloud);
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = LongestGoodbye);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;

            // The sandbox's own limits hold, which are Azure's.
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.RequestHeaderEncodingSelector = _ => Encoding.Latin1;
            kestrel.ResponseHeaderEncodingSelector = _ => Encoding.Latin1;
            kestrel.Listen(IPAddress.Loopback, options.Port, listen => ProxyConnection.Configure(listen, authority, log));
        });
        SandboxServer server = new(builder.Build(), authority, forwarder, log, Directory.CreateTempSubdirectory("azimagetools-sandbox-"));
        try
        {
            await server.ListenAsync(cloud, cancellation);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until the process is asked to end (Ctrl+C, SIGTERM).</summary>
    /// <param name="cancellation">Ends the wait, and the serving.</param>
    public Task WaitForShutdownAsync(CancellationToken cancellation = default) => _application.WaitForShutdownAsync(cancellation);

    /// <summary>Ends the connections, and removes the certificate's file.</summary>
    public async ValueTask DisposeAsync()
    {
        await _application.StopAsync();
        await _application.DisposeAsync();
        _forwarder.Dispose();
        _authority.Dispose();
        _log.Dispose();
        _folder.Delete(recursive: true);
    }

    private async Task ListenAsync(SandboxCloud cloud, CancellationToken cancellation)
    {
        await File.WriteAllTextAsync(AuthorityFile, _authority.ExportPem(), cancellation);
        Tenants tenants = new(cloud);
        RequestRouter router = new(new SignInEndpoints(tenants), new ManagedIdentity(tenants), _forwarder, _log);
        _application.Run(router.HandleAsync);
        await _application.StartAsync(cancellation);
        Address = new UriBuilder(Uri.UriSchemeHttp, IPAddress.Loopback.ToString(), new Uri(_application.Urls.Single()).Port).Uri;
        Environment = Describe(cloud);
    }

    private Dictionary<string, string> Describe(SandboxCloud cloud)
    {
        string proxy = Address.GetLeftPart(UriPartial.Authority);

        // Some clients know the names in capitals, others the small ones, and those that know both prefer either.
        return new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["HTTPS_PROXY"] = proxy,
            ["https_proxy"] = proxy,
            ["HTTP_PROXY"] = proxy,
            ["http_proxy"] = proxy,
            ["NO_PROXY"] = "127.0.0.1,localhost",
            ["no_proxy"] = "127.0.0.1,localhost",
            ["REQUESTS_CA_BUNDLE"] = AuthorityFile,
            ["SSL_CERT_FILE"] = AuthorityFile,
            ["CURL_CA_BUNDLE"] = AuthorityFile,
            ["NODE_EXTRA_CA_CERTS"] = AuthorityFile,
            ["AZURE_TENANT_ID"] = cloud.TenantId,
            ["AZURE_CLIENT_ID"] = Tenants.ClientId,
            ["AZURE_SUBSCRIPTION_ID"] = cloud.SubscriptionId,
            ["AZURE_POD_IDENTITY_AUTHORITY_HOST"] = proxy,
        };
    }
}
