using System.Buffers.Binary;
using System.Formats.Asn1;
using AzImageTools.Disks.Inspection;

namespace AzImageTools.Readiness.Guests;

/// <summary>
/// A signature of a program's file (Microsoft, "PE Format": the attribute certificate table; "Windows Authenticode Portable Executable
/// Signature Format"; RFC 2315, SignedData): who signed it, by what the certificates in it say. Whether it holds is for firmware to
/// prove; here nothing is. A file of headers alone, without a section, is no program.
/// </summary>
/// <param name="Chain">The common names of the signer, its issuer, and so on, as far as the certificates lead; empty where they can't be read.</param>
internal sealed record ProgramSignature(IReadOnlyList<string> Chain)
{
    private const int SecurityDirectory = 4;
    private const int LargestTable = 1 << 20;
    private const int MaxSignatures = 16;
    private const int MaxCertificates = 64;
    private const ushort SignedData = 2;
    private const string CommonName = "2.5.4.3";

    /// <summary>Reads the signatures of a program; none where it is not signed, null where the file is no program.</summary>
    /// <param name="file">The file; it must be seekable.</param>
    public static IReadOnlyList<ProgramSignature>? ReadAll(Stream file) => FindTable(file) switch
    {
        null => null,
        (_, 0) => [],
        var (place, size) => size <= LargestTable && ProgramHeaders.ReadAt(file, place, (int)size) is { } table ? [.. Split(table).Take(MaxSignatures)] : [new ProgramSignature([])],
    };

    /// <summary>Whether the file is a program that has signatures, whatever they are; null where it is no program. Only its headers are read.</summary>
    /// <param name="file">The file; it must be seekable.</param>
    public static bool? IsSigned(Stream file) => FindTable(file) is var (_, size) ? size > 0 : null;

    /// <summary>Where the certificates are in the file; null for what is no program.</summary>
    private static (uint Place, uint Size)? FindTable(Stream file)
        => ProgramHeaders.Read(file) is { Sections: > 0 } headers ? headers.FindDirectory(file, SecurityDirectory) : null;

    /// <summary>Each entry has its length, a revision and a type before its data, and begins at a multiple of eight.</summary>
    private static IEnumerable<ProgramSignature> Split(byte[] table)
    {
        const int headerSize = 8;
        int place = 0;
        while (table.Length - place >= headerSize)
        {
            uint length = BinaryPrimitives.ReadUInt32LittleEndian(table.AsSpan(place));
            ushort type = BinaryPrimitives.ReadUInt16LittleEndian(table.AsSpan(place + 6));
            if (length < headerSize || length > table.Length - place)
            {
                yield return new ProgramSignature([]);
                yield break;
            }

            if (type == SignedData)
            {
                foreach (ProgramSignature signature in Decode(table.AsMemory(place + headerSize, (int)length - headerSize)))
                {
                    yield return signature;
                }
            }

            place += (int)Math.Min((length + 7L) & ~7L, table.Length - place);
        }
    }

    private static IReadOnlyList<ProgramSignature> Decode(ReadOnlyMemory<byte> message)
    {
        try
        {
            return DecodeMessage(message);
        }
        catch (AsnContentException)
        {
            return [new ProgramSignature([])];
        }
    }

    private static List<ProgramSignature> DecodeMessage(ReadOnlyMemory<byte> message)
    {
        AsnReader content = new AsnReader(message, AsnEncodingRules.BER).ReadSequence();
        _ = content.ReadObjectIdentifier();
        AsnReader signed = content.ReadSequence(new Asn1Tag(TagClass.ContextSpecific, 0)).ReadSequence();
        _ = signed.ReadEncodedValue(); // version
        _ = signed.ReadEncodedValue(); // digest algorithms
        _ = signed.ReadEncodedValue(); // what is signed
        List<Certificate> certificates = [];
        Asn1Tag certificateSet = new(TagClass.ContextSpecific, 0);
        while (signed.PeekTag().TagClass == TagClass.ContextSpecific)
        {
            if (!signed.PeekTag().HasSameClassAndValue(certificateSet))
            {
                _ = signed.ReadEncodedValue(); // revocation lists
                continue;
            }

            AsnReader set = signed.ReadSetOf(skipSortOrderValidation: true, certificateSet);
            while (set.HasData && certificates.Count < MaxCertificates)
            {
                certificates.Add(Certificate.Read(set.ReadSequence()));
            }
        }

        List<ProgramSignature> signatures = [];
        AsnReader signers = signed.ReadSetOf(skipSortOrderValidation: true);
        while (signers.HasData && signatures.Count < MaxSignatures)
        {
            AsnReader signer = signers.ReadSequence();
            _ = signer.ReadEncodedValue(); // version
            AsnReader name = signer.ReadSequence();
            byte[] issuer = name.ReadEncodedValue().ToArray();
            byte[] serial = name.ReadIntegerBytes().ToArray();
            signatures.Add(new ProgramSignature(Follow(certificates, issuer, serial)));
        }

        return signatures;
    }

    private static IReadOnlyList<string> Follow(List<Certificate> certificates, byte[] issuer, byte[] serial)
    {
        List<string> chain = [];
        Certificate? current = certificates.Find(certificate => certificate.Issuer.AsSpan().SequenceEqual(issuer) && certificate.Serial.AsSpan().SequenceEqual(serial));
        if (current is null)
        {
            return [ReadName(issuer)];
        }

        // A certificate that is its own issuer ends it; so does one that leads back.
        while (current is not null && chain.Count <= certificates.Count)
        {
            chain.Add(ReadName(current.Subject));
            byte[] above = current.Issuer;
            if (above.AsSpan().SequenceEqual(current.Subject))
            {
                return chain;
            }

            current = certificates.Find(certificate => certificate.Subject.AsSpan().SequenceEqual(above));
            if (current is null)
            {
                chain.Add(ReadName(above));
            }
        }

        return chain;
    }

    /// <summary>The common name in a name, or else the last text in it.</summary>
    private static string ReadName(byte[] encoded)
    {
        string last = string.Empty;
        AsnReader sets = new AsnReader(encoded, AsnEncodingRules.BER).ReadSequence();
        while (sets.HasData)
        {
            AsnReader set = sets.ReadSetOf(skipSortOrderValidation: true);
            while (set.HasData)
            {
                AsnReader pair = set.ReadSequence();
                string type = pair.ReadObjectIdentifier();
                last = ReadText(pair);
                if (type == CommonName)
                {
                    return last;
                }
            }
        }

        return last;
    }

    private static string ReadText(AsnReader reader)
    {
        Asn1Tag tag = reader.PeekTag();
        return tag.TagClass == TagClass.Universal && (UniversalTagNumber)tag.TagValue is UniversalTagNumber.UTF8String or UniversalTagNumber.PrintableString or UniversalTagNumber.IA5String or UniversalTagNumber.T61String or UniversalTagNumber.BMPString
            ? reader.ReadCharacterString((UniversalTagNumber)tag.TagValue)
            : string.Empty;
    }

    /// <summary>What of a certificate (RFC 5280) tells whose it is.</summary>
    private sealed record Certificate(byte[] Serial, byte[] Issuer, byte[] Subject)
    {
        public static Certificate Read(AsnReader certificate)
        {
            AsnReader body = certificate.ReadSequence();
            if (body.PeekTag().TagClass == TagClass.ContextSpecific)
            {
                _ = body.ReadEncodedValue(); // version
            }

            byte[] serial = body.ReadIntegerBytes().ToArray();
            _ = body.ReadEncodedValue(); // algorithm
            byte[] issuer = body.ReadEncodedValue().ToArray();
            _ = body.ReadEncodedValue(); // validity
            return new Certificate(serial, issuer, body.ReadEncodedValue().ToArray());
        }
    }
}
