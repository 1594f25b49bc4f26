using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace AzImageTools.Sandbox.Host.Proxy;

/// <summary>
/// Makes the certificates of the hosts that are asked for, each when it is first needed. Its key is made at start and never leaves
/// memory, so who trusts it trusts this process alone. Thread-safe.
/// </summary>
internal sealed class CertificateAuthority : IDisposable
{
    private const int CertificatesKept = 1024;
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private static readonly DateTimeOffset ValidFrom = DateTimeOffset.UtcNow.AddDays(-1);
    private static readonly DateTimeOffset ValidTo = ValidFrom.AddDays(365);

    private readonly ECDsa _hostKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 _certificate;
    private readonly ConcurrentDictionary<string, X509Certificate2> _hosts = new(StringComparer.OrdinalIgnoreCase);

    public CertificateAuthority()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=AzImageTools sandbox, O=Not Azure", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: true, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        _certificate = request.CreateSelfSigned(ValidFrom, ValidTo);
    }

    /// <summary>What clients are to trust, without its key.</summary>
    public string ExportPem() => _certificate.ExportCertificatePem() + "\n";

    /// <summary>The certificate of a host, with its key.</summary>
    public X509Certificate2 CertificateOf(string host)
    {
        // Disks have hosts without end. Those in use live on until their connections let go of them.
        if (_hosts.Count >= CertificatesKept)
        {
            _hosts.Clear();
        }

        return _hosts.GetOrAdd(host, Issue);
    }

    public void Dispose()
    {
        foreach (X509Certificate2 certificate in _hosts.Values)
        {
            certificate.Dispose();
        }

        _certificate.Dispose();
        _hostKey.Dispose();
    }

    private X509Certificate2 Issue(string host)
    {
        CertificateRequest request = new("CN=AzImageTools sandbox host", _hostKey, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder names = new();
        names.AddDnsName(host);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(ServerAuthentication)], critical: false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(_certificate, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        using X509Certificate2 signed = request.Create(_certificate, ValidFrom, ValidTo, RandomNumberGenerator.GetBytes(16));
        using X509Certificate2 whole = signed.CopyWithPrivateKey(_hostKey);

        // Windows serves TLS only with keys of its own keeping.
        return X509CertificateLoader.LoadPkcs12(whole.Export(X509ContentType.Pkcs12), password: null);
    }
}
