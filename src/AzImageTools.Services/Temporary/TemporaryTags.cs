using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using AzImageTools.Services.Plans;
using Azure.Core;

namespace AzImageTools.Services.Temporary;

/// <summary>
/// The tags of what a run makes for a while. One is bound to the resource's own id, so that a tag which was copied or inherited names another
/// resource and proves nothing; one tells until when the run is to be taken for alive.
/// </summary>
internal static class TemporaryTags
{
    /// <summary>The bound tag: purpose, when the run began, and a digest of these, the run's id and the resource's.</summary>
    public const string BoundName = "azimagetools-temporary";

    /// <summary>The tag with the end of the run's lease, which is renewed while the run lives.</summary>
    public const string LeaseName = "azimagetools-lease";

    /// <summary>How many tags of ours a resource gets.</summary>
    public const int Count = 3;

    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss'Z'";

    /// <summary>All tags of a resource about to be made.</summary>
    public static IReadOnlyDictionary<string, string> For(RunIdentity run, ResourceIdentifier id, IReadOnlyDictionary<string, string>? userTags, DateTimeOffset leaseEnd)
    {
        Dictionary<string, string> tags = new(StringComparer.OrdinalIgnoreCase);
        RunTag.Apply(tags, userTags, run.RunId);
        RunTag.Set(tags, BoundName, $"{run.Purpose} {Write(run.Begun)} {DigestOf(run, id)}");
        RunTag.Set(tags, LeaseName, Write(leaseEnd));
        return tags;
    }

    /// <summary>The run that a resource's tags tell of; null where they tell of none.</summary>
    /// <param name="tags">The tags.</param>
    /// <param name="id">The resource.</param>
    /// <param name="isBound">Whether they are the resource's own, neither copied nor inherited.</param>
    public static RunIdentity? Read(IEnumerable<KeyValuePair<string, string>> tags, ResourceIdentifier id, out bool isBound)
    {
        isBound = false;
        string? runId = Text(tags, RunTag.Name);
        string[] parts = Text(tags, BoundName)?.Split(' ') ?? [];
        if (!RunIdentity.IsRunId(runId) || parts.Length != 3 || !RunIdentity.IsPurpose(parts[0]) || ReadTime(parts[1]) is not { } begun)
        {
            return null;
        }

        RunIdentity run = new(runId!, parts[0], begun);
        isBound = string.Equals(parts[2], DigestOf(run, id), StringComparison.Ordinal);
        return run;
    }

    /// <summary>When the lease that the tags tell of ends; null where they tell none.</summary>
    public static DateTimeOffset? ReadLease(IEnumerable<KeyValuePair<string, string>> tags) => ReadTime(Text(tags, LeaseName));

    /// <summary>A time as a tag has it.</summary>
    public static string Write(DateTimeOffset time) => time.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture);

    /// <summary>A time of a tag or manifest; null where it is none.</summary>
    public static DateTimeOffset? ReadTime(string? text)
        => DateTimeOffset.TryParseExact(text, TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out DateTimeOffset time)
            ? time
            : null;

    private static string? Text(IEnumerable<KeyValuePair<string, string>> tags, string name)
        => tags.FirstOrDefault(tag => string.Equals(tag.Key, name, StringComparison.OrdinalIgnoreCase)).Value;

    /// <summary>The first half of the SHA-256: no secret, it only tells that the tag was made for this resource.</summary>
    private static string DigestOf(RunIdentity run, ResourceIdentifier id)
    {
        byte[] text = Encoding.UTF8.GetBytes($"{run.RunId}\n{run.Purpose}\n{Write(run.Begun)}\n{id.ToString().ToLowerInvariant()}");
#if NET
        byte[] hash = SHA256.HashData(text);
#else
        using SHA256 sha = SHA256.Create();
        byte[] hash = sha.ComputeHash(text);
#endif
        return string.Concat(hash.Take(16).Select(one => one.ToString("x2", CultureInfo.InvariantCulture)));
    }
}
