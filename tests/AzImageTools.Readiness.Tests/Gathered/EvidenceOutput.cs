using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;

namespace AzImageTools.Readiness.Tests.Gathered;

/// <summary>Prints evidence as a collector does, independently of the scripts and of the reader.</summary>
internal static class EvidenceOutput
{
    public static string Print(string json) => string.Join('\n', Lines(Pack(Encoding.UTF8.GetBytes(json)))) + "\n";

    /// <summary>The two lines of the heading; then for each chunk its number and its data in lines, all in one.</summary>
    public static string[] Lines(byte[] packed, int linesPerChunk = 48)
    {
        string[] lines = [.. Convert.ToBase64String(packed).Chunk(76).Select(static line => new string(line))];
        string[] chunks = [.. lines.Chunk(linesPerChunk).Select(static (chunk, index) => string.Create(CultureInfo.InvariantCulture, $"chunk {index + 1}:\n{string.Join('\n', chunk)}"))];
        string heading = string.Create(CultureInfo.InvariantCulture, $"AzImageTools evidence 1: {packed.Length} bytes, {chunks.Length} chunks");
        return [heading, "sha256 " + Convert.ToHexStringLower(SHA256.HashData(packed)), .. chunks];
    }

    public static byte[] Pack(byte[] json)
    {
        using MemoryStream packed = new();
        using (GZipStream gzip = new(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            gzip.Write(json);
        }

        return packed.ToArray();
    }

    /// <summary>The JSON in what a collector printed.</summary>
    public static string Unpack(string output)
    {
        string base64 = string.Concat(output.Split('\n').SkipWhile(static line => line != "chunk 1:").Where(static line => !line.StartsWith("chunk ", StringComparison.Ordinal)));
        using GZipStream gzip = new(new MemoryStream(Convert.FromBase64String(base64)), CompressionMode.Decompress);
        using StreamReader reader = new(gzip, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
