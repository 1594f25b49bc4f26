using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace AzImageTools.Benchmarks;

/// <summary>A <see cref="PageSink"/> that runs as a process of its own.</summary>
internal sealed class SinkProcess : IDisposable
{
    private readonly Process _process;
    private readonly HttpClient _client = new();
    private readonly string _scheme = Uri.UriSchemeHttp;

    /// <param name="delayMilliseconds">How much later each page is answered.</param>
    /// <param name="identity">What it shows over TLS; null for plain HTTP.</param>
    public SinkProcess(int delayMilliseconds, TlsIdentity? identity = null)
        : this(delayMilliseconds.ToString(CultureInfo.InvariantCulture), identity)
    {
    }

    private SinkProcess(string delay, TlsIdentity? identity)
        : this(PageSink.Mode, delay, identity?.Identity ?? string.Empty)
    {
        if (identity is null)
        {
            return;
        }

        _scheme = Uri.UriSchemeHttps;
        X509ChainPolicy trust = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        trust.CustomTrustStore.Add(X509CertificateLoader.LoadCertificateFromFile(identity.Certificate));
        _client.Dispose();
        _client = new HttpClient(new SocketsHttpHandler { SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = trust } });
    }

    private SinkProcess(params string[] arguments)
    {
        ProcessStartInfo start = new(Environment.ProcessPath!, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        _process = Process.Start(start) ?? throw new Win32Exception("The sink did not start.");
        Port = int.Parse(_process.StandardOutput.ReadLine()!, CultureInfo.InvariantCulture);
    }

    /// <summary>One that takes no more than Azure does.</summary>
    public static SinkProcess With(TransferLimits limits) => new(limits.ToArgument(), identity: null);

    /// <summary>A <see cref="PageSource"/> of a file.</summary>
    public static SinkProcess Source(int delayMilliseconds, string file) => new(PageSource.Mode, delayMilliseconds.ToString(CultureInfo.InvariantCulture), file);

    /// <summary>Where it listens, on the loopback address.</summary>
    public int Port { get; }

    /// <summary>Its address.</summary>
    public Uri Address => new($"{_scheme}://127.0.0.1:{Port}");

    /// <summary>What was received since it was asked last, and starts afresh.</summary>
    public (long Bytes, long Requests, long Refused) Reset()
    {
        string[] fields = _client.GetStringAsync(new Uri(Address, PageSink.StatisticsPath)).GetAwaiter().GetResult().Split(' ');
        return (long.Parse(fields[0], CultureInfo.InvariantCulture), long.Parse(fields[1], CultureInfo.InvariantCulture), long.Parse(fields[2], CultureInfo.InvariantCulture));
    }

    public void Dispose()
    {
        _client.Dispose();
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }
}
