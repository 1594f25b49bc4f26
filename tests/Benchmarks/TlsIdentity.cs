using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AzImageTools.TestKit;

namespace AzImageTools.Benchmarks;

/// <summary>A certificate of this machine's loopback address, which the processes that are started from now on trust.</summary>
/// <param name="Certificate">The certificate, as PEM.</param>
/// <param name="Identity">It with its key, as PKCS #12 without a password.</param>
internal sealed record TlsIdentity(string Certificate, string Identity)
{
    /// <summary>What names the file of trusted certificates: OpenSSL's (which .NET and Go take too), and that of Python's requests.</summary>
    private static readonly string[] Variables = ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"];

    /// <summary>Makes one that signs itself.</summary>
    public static TlsIdentity Create(string folder)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=localhost", key, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder names = new();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        using X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(7));
        TlsIdentity identity = new(Path.Combine(folder, "sink.pem"), Path.Combine(folder, "sink.pfx"));
        File.WriteAllText(identity.Certificate, certificate.ExportCertificatePem());
        File.WriteAllBytes(identity.Identity, certificate.Export(X509ContentType.Pkcs12));
        Array.ForEach(Variables, variable => Environment.SetEnvironmentVariable(variable, identity.Certificate));
        return identity;
    }

    /// <summary>Compiles the least client; null, with a message printed, where there is no compiler or no OpenSSL to compile with.</summary>
    public static string? CompileLeastClient(string folder)
    {
        string program = Path.Combine(folder, "least-client");
        try
        {
            Measurement.Take(ExternalTool.Find("gcc") ?? throw new InvalidOperationException("gcc is not installed"), "-O2", "-pthread", "-o", program, Path.Combine(AppContext.BaseDirectory, "least-client.c"), "-lssl", "-lcrypto");
            return program;
        }
        catch (InvalidOperationException exception)
        {
            Console.WriteLine($"The least client over TLS is not measured: {exception.Message.Split('\n')[0]}.");
            return null;
        }
    }
}
