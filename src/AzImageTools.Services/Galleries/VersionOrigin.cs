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

    /// <summary>What tells the source from whatever else a version could be made of, such as a disk's unique id.</summary>
    public required string Identity { get; init; }

    /// <summary>Whether the same identity always means the same bytes.</summary>
    public bool IsImmutable { get; init; }

    /// <summary>The image that the source was once made of, and its version: <c>publisher:offer:sku:version</c> or a resource id; null where nobody tells.</summary>
    public string? BaseImage { get; init; }

    /// <summary>The CRC-64/NVME of the OS disk's bytes, as 16 hexadecimal digits; null where nobody tells.</summary>
    public string? Checksum { get; init; }

    /// <summary>The SHA-256 of the readiness report, as hexadecimal digits; null for none.</summary>
    public string? ReadinessHash { get; init; }

    /// <summary>The source's digest: the same for the same source.</summary>
    public string Digest
    {
        get
        {
            using SHA256 sha = SHA256.Create();
            return BitConverter.ToString(sha.ComputeHash(Encoding.UTF8.GetBytes(Identity.ToLowerInvariant()))).Replace("-", string.Empty).ToLowerInvariant();
        }
    }

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

    /// <summary>Whether a version was made of the same source by a run of ours.</summary>
    public bool IsOf(IDictionary<string, string> tags) => RunTag.Read(tags) is not null && string.Equals(Read(tags, SourceTag), Digest, StringComparison.Ordinal);
}
