using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using AzImageTools.Services.Plans;

namespace AzImageTools.Services.Galleries;

/// <summary>
/// Where a version comes from, as its tags keep it: who finds a fault in a machine years later can tell by which image, disk and checks it came
/// about. By the source's digest a run knows what an earlier one of the same source left.
/// </summary>
internal sealed record VersionOrigin
{
    /// <summary>How many tags tell of it at most.</summary>
    public const int TagCount = 4;

    public const string SourceTag = "azimagetools-source";
    public const string BaseTag = "azimagetools-base";
    public const string ChecksumTag = "azimagetools-crc64";
    public const string ReadinessTag = "azimagetools-readiness";

    private const int LongestValue = 256;

    /// <summary>What tells the source from whatever else a version could be made of, such as a blob's address.</summary>
    public required string Identity { get; init; }

    /// <summary>What tells the source's bytes from all others that it had or will have, such as a blob's ETag; null where nothing does.</summary>
    public string? Content { get; init; }

    /// <summary>The image that the source was once made of, and its version: <c>publisher:offer:sku:version</c> or a resource id; null where nobody tells.</summary>
    public string? BaseImage { get; init; }

    /// <summary>The CRC-64/NVME of the OS disk's bytes, as 16 hexadecimal digits; null where nobody tells.</summary>
    public string? Checksum { get; init; }

    /// <summary>The SHA-256 of the readiness report, as hexadecimal digits; null for none.</summary>
    public string? ReadinessHash { get; init; }

    /// <summary>The digests of identity and content, with a hyphen between.</summary>
    public string Digest => $"{Hash(Identity)}-{Hash(Content ?? string.Empty)}";

    /// <summary>Tells of it in a version's tags.</summary>
    public void Apply(IDictionary<string, string> tags)
    {
        RunTag.Set(tags, SourceTag, Digest);
        Set(BaseTag, BaseImage);
        Set(ChecksumTag, Checksum);
        Set(ReadinessTag, ReadinessHash);

        void Set(string name, string? value)
        {
            if (value is not null)
            {
                // The end of an id tells more than its beginning.
                RunTag.Set(tags, name, value.Length <= LongestValue ? value : value.Substring(value.Length - LongestValue));
            }
        }
    }

    /// <summary>What a version's tags tell of the disk and image that it was made of.</summary>
    public static string? Read(IDictionary<string, string> tags, string name) => tags.TryGetValue(name, out string? value) && !string.IsNullOrWhiteSpace(value) ? value : null;

    /// <summary>Whether a version was made of the same source by a run of ours, whatever the source held then.</summary>
    public bool IsOf(IDictionary<string, string> tags)
        => RunTag.Read(tags) is not null && Read(tags, SourceTag)?.StartsWith(Hash(Identity) + "-", StringComparison.Ordinal) == true;

    /// <summary>Whether a version was made of the same source by a run of ours, with the same content as far as anything tells.</summary>
    public bool IsSame(IDictionary<string, string> tags) => IsOf(tags) && string.Equals(Read(tags, SourceTag), Digest, StringComparison.Ordinal);

    private static string Hash(string text)
    {
        using IncrementalHash sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        sha.AppendData(Encoding.UTF8.GetBytes(text.ToLowerInvariant()));
        return string.Concat(sha.GetHashAndReset().Select(part => part.ToString("x2", CultureInfo.InvariantCulture)));
    }
}
