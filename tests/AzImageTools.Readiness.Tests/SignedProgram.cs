using System.Buffers.Binary;
using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using System.Security.Cryptography.X509Certificates;

namespace AzImageTools.Readiness.Tests;

/// <summary>Programs' files that have headers and little else, with or without a signature of a certification authority that is made here.</summary>
internal static class SignedProgram
{
    private const int HeaderSize = 512;
    private const int OptionalHeader = 128 + 24;
    private const string IndirectData = "1.3.6.1.4.1.311.2.1.4";

    public static byte[] Unsigned { get; } = WithTable([]);

    /// <summary>Signed by "Test signer" of "Test CA" of "Test root".</summary>
    public static byte[] Signed { get; } = WithTable(Entry(Sign()));

    /// <summary>A program with a table of certificates, as it is given.</summary>
    public static byte[] WithTable(byte[] table)
    {
        byte[] program = [.. new byte[HeaderSize], .. table];
        "MZ"u8.CopyTo(program);
        program[60] = 128;
        "PE\0\0"u8.CopyTo(program.AsSpan(128));
        BinaryPrimitives.WriteUInt16LittleEndian(program.AsSpan(128 + 6), 1);
        BinaryPrimitives.WriteUInt16LittleEndian(program.AsSpan(128 + 20), 240);
        BinaryPrimitives.WriteUInt16LittleEndian(program.AsSpan(OptionalHeader), 0x20B);
        BinaryPrimitives.WriteUInt32LittleEndian(program.AsSpan(OptionalHeader + 108), 16);
        BinaryPrimitives.WriteInt32LittleEndian(program.AsSpan(OptionalHeader + 144), table.Length > 0 ? HeaderSize : 0);
        BinaryPrimitives.WriteInt32LittleEndian(program.AsSpan(OptionalHeader + 148), table.Length);
        return program;
    }

    /// <summary>An entry of the table, padded as it must be.</summary>
    public static byte[] Entry(byte[] message, ushort type = 2)
    {
        byte[] entry = new byte[(8 + message.Length + 7) & ~7];
        BinaryPrimitives.WriteInt32LittleEndian(entry, 8 + message.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(entry.AsSpan(4), 0x200);
        BinaryPrimitives.WriteUInt16LittleEndian(entry.AsSpan(6), type);
        message.CopyTo(entry.AsSpan(8));
        return entry;
    }

    public static byte[] Sign()
    {
        DateTimeOffset start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        using RSA rootKey = RSA.Create(2048);
        using RSA authorityKey = RSA.Create(2048);
        using RSA signerKey = RSA.Create(2048);
        CertificateRequest root = new("CN=Test root, O=Tests", rootKey, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        root.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using X509Certificate2 rootCertificate = root.CreateSelfSigned(start, start.AddYears(2));
        CertificateRequest authority = new("O=Tests, CN=Test CA", authorityKey, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        authority.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using X509Certificate2 authorityCertificate = authority.Create(rootCertificate, start, start.AddYears(1), [1]);
        using X509Certificate2 withKey = authorityCertificate.CopyWithPrivateKey(authorityKey);
        using X509Certificate2 signer = new CertificateRequest("C=US, CN=Test signer", signerKey, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).Create(withKey, start, start.AddMonths(6), [2]).CopyWithPrivateKey(signerKey);

        AsnWriter content = new(AsnEncodingRules.DER);
        using (content.PushSequence())
        {
            content.WriteOctetString(SHA256.HashData([]));
        }

        SignedCms message = new(new ContentInfo(new Oid(IndirectData), content.Encode()));
        message.ComputeSignature(new CmsSigner(SubjectIdentifierType.IssuerAndSerialNumber, signer) { IncludeOption = X509IncludeOption.EndCertOnly, Certificates = { authorityCertificate } });
        return message.Encode();
    }
}
