using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using AzImageTools.Fuzz.Images;
using AzImageTools.Readiness;
using AzImageTools.Readiness.Guests.Gathered;

namespace AzImageTools.Fuzz.Targets;

/// <summary>What can be done with evidence that a collector printed.</summary>
internal static class EvidenceWalk
{
    /// <summary>Judges an image that is the output itself.</summary>
    public static bool JudgeText(MutableImage image) => Judge(Encoding.UTF8.GetString(Read(image)));

    /// <summary>Judges an image that is the packed evidence, in an output whose length and hash are right.</summary>
    public static bool JudgePacked(MutableImage image) => Judge(Print(Read(image)));

    /// <summary>Judges an image that is the evidence's JSON, packed and printed as it should be.</summary>
    public static bool JudgeJson(MutableImage image) => Judge(Print(Pack(Read(image))));

    /// <summary>Judges evidence of which values were changed.</summary>
    public static bool JudgeChanged(string json, FuzzRandom random) => Judge(Print(Pack(Encoding.UTF8.GetBytes(EvidenceDamage.Damage(json, random)))));

    /// <summary>What is packed in an output of one collection, all of it.</summary>
    public static byte[] Unwrap(MutableImage text)
        => Convert.FromBase64String(string.Concat(Encoding.UTF8.GetString(Read(text)).Split('\n').SkipWhile(static line => line.Trim() != "chunk 1:").Where(static line => !line.StartsWith("chunk ", StringComparison.Ordinal))));

    /// <summary>The evidence's JSON.</summary>
    public static string Unpack(MutableImage packed)
    {
        using StreamReader reader = new(new GZipStream(new MemoryStream(Read(packed)), CompressionMode.Decompress), Encoding.UTF8);
        return reader.ReadToEnd();
    }

    private static string Print(byte[] packed)
    {
        string data = Convert.ToBase64String(packed);
        return FormattableString.Invariant($"AzImageTools evidence 1: {packed.Length} bytes, 1 chunks\nsha256 {Convert.ToHexStringLower(SHA256.HashData(packed))}\nchunk 1:\n{data}\n");
    }

    private static byte[] Pack(byte[] json)
    {
        using MemoryStream packed = new();
        using (GZipStream gzip = new(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(json);
        }

        return packed.ToArray();
    }

    private static byte[] Read(MutableImage image) => image.Read(0, (int)image.Length);

    private static bool Judge(string text)
    {
        EvidenceGuest guest;
        try
        {
            guest = EvidenceGuest.Parse(text);
        }
        catch (EvidenceException)
        {
            return false;
        }

        _ = ReadinessCheck.Run(guest).Findings.Count + guest.Target.Length;
        return true;
    }
}
