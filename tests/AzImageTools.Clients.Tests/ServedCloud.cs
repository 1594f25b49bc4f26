using System.Net;
using System.Security.Cryptography.X509Certificates;
using AzImageTools.Sandbox;
using AzImageTools.Sandbox.Configuration;
using AzImageTools.Sandbox.Host;

namespace AzImageTools.Clients.Tests;

/// <summary>A cloud, and the server that other processes reach it through.</summary>
internal sealed class ServedCloud : IAsyncDisposable
{
    private readonly string? _logFile;

    private ServedCloud(SandboxCloud cloud, SandboxServer server, string? logFile)
    {
        Cloud = cloud;
        Server = server;
        _logFile = logFile;
    }

    public SandboxCloud Cloud { get; }

    public SandboxServer Server { get; }

    public static async Task<ServedCloud> StartAsync(SandboxOptions? options = null, string? logFile = null)
    {
        SandboxCloud cloud = new((options ?? new SandboxOptions()) with { ChecksAnswers = true });
        return new ServedCloud(cloud, await SandboxServer.StartAsync(cloud, new ServerOptions { LogFile = logFile }), logFile);
    }

    /// <summary>Fails where the sandbox itself failed or an answer was other than Azure's types are, even if the client got over it.</summary>
    public void AssertNoFault()
    {
        using StreamReader log = new(new FileStream(_logFile!, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        string[] lines = log.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.NotEmpty(lines);
        Assert.DoesNotContain(lines, line => line.Contains(" # ", StringComparison.Ordinal));
    }

    /// <summary>A client that trusts the server's authority alone, and has a token.</summary>
    public HttpClient CreateClient()
    {
        HttpClient client = new(new SocketsHttpHandler { Proxy = new WebProxy(Server.Address), SslOptions = { CertificateChainPolicy = CreatePolicy() }, UseCookies = false });
        client.DefaultRequestHeaders.Add("Authorization", "Bearer any");
        client.DefaultRequestHeaders.Add("x-ms-version", "2021-08-06");
        return client;
    }

    /// <summary>Trusts the server's authority alone.</summary>
    public X509ChainPolicy CreatePolicy() => CreatePolicy(Server.AuthorityFile);

    /// <summary>Trusts the authority in a file alone.</summary>
    public static X509ChainPolicy CreatePolicy(string authorityFile)
    {
        X509ChainPolicy policy = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(X509CertificateLoader.LoadCertificateFromFile(authorityFile));
        return policy;
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        Cloud.Dispose();
    }
}
