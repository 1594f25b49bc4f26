using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;

namespace AzImageTools.Services.Tests.Generalize;

/// <summary>What a collector prints, run after run, made of the JSON that it gathered (docs/evidence.md).</summary>
internal static class EvidenceText
{
    private const int LineLength = 76;

    /// <summary>The outputs of a run for each chunk.</summary>
    /// <param name="json">The evidence.</param>
    /// <param name="linesOfChunk">How many lines a chunk has.</param>
    public static string[] Print(string json, int linesOfChunk = 48)
    {
        using MemoryStream packed = new();
        using (GZipStream gzip = new(packed, CompressionMode.Compress, leaveOpen: true))
        {
            gzip.Write(Encoding.UTF8.GetBytes(json));
        }

        byte[] bytes = packed.ToArray();
        string[] lines = [.. Convert.ToBase64String(bytes).Chunk(LineLength).Select(line => new string(line))];
        string[][] chunks = [.. lines.Chunk(linesOfChunk)];
        string heading = string.Create(
            CultureInfo.InvariantCulture, $"AzImageTools evidence 1: {bytes.Length} bytes, {chunks.Length} chunks\r\nsha256 {Convert.ToHexStringLower(SHA256.HashData(bytes))}\r\n");
        return [.. chunks.Select((chunk, index) => heading + string.Create(CultureInfo.InvariantCulture, $"chunk {index + 1}:\r\n{string.Join("\r\n", chunk)}\r\n"))];
    }
}
