using AzImageTools.Disks;

namespace AzImageTools.Services.Plans;

/// <summary>The tag by which a run knows what it created itself.</summary>
internal static class RunTag
{
    /// <summary>The tag's name; its value is the run's id.</summary>
    public const string Name = "azimagetools-run";

    /// <summary>What the names of this module's tags begin with.</summary>
    private const string OwnPrefix = "azimagetools-";

    private const int MostTags = 50;
    private const int LongestName = 512;
    private const int LongestValue = 256;
    private const string NotInNames = @"<>%&\?/";

    /// <summary>A new id.</summary>
    public static string NewRunId() => Guid.NewGuid().ToString("N").Substring(0, 16);

    /// <summary>Refuses tags that Azure would refuse on a resource (Microsoft.Resources: 50; names 512, values 256 characters).</summary>
    /// <param name="userTags">The user's tags.</param>
    /// <param name="ownTags">How many the resource gets beside, the run's among them.</param>
    public static void Check(IReadOnlyDictionary<string, string>? userTags, int ownTags)
    {
        if (userTags is null)
        {
            return;
        }

        if (userTags.Count + ownTags > MostTags)
        {
            throw Invalid($"{userTags.Count} tags are too many: beside {ownTags} of this module's, a resource has room for {MostTags - ownTags}.", "Give fewer with -Tag.");
        }

        foreach (KeyValuePair<string, string> tag in userTags)
        {
            if (string.IsNullOrWhiteSpace(tag.Key) || tag.Key.Length > LongestName || tag.Key.Any(letter => NotInNames.IndexOf(letter) >= 0))
            {
                throw Invalid($"'{tag.Key}' can't be the name of a tag.", $"Use at most {LongestName} characters, and none of < > % & \\ ? /.");
            }

            if (tag.Value?.Length > LongestValue)
            {
                throw Invalid($"The value of the tag '{tag.Key}' has {tag.Value.Length} characters.", $"Azure takes at most {LongestValue}.");
            }
        }
    }

    /// <summary>Puts the user's tags and the run's tag on a resource about to be created.</summary>
    public static void Apply(IDictionary<string, string> tags, IReadOnlyDictionary<string, string>? userTags, string runId)
    {
        if (userTags is not null)
        {
            foreach (KeyValuePair<string, string> tag in userTags)
            {
                Set(tags, tag.Key, tag.Value);
            }
        }

        Set(tags, Name, runId);
    }

    /// <summary>Gives a resource a tag, in the place of any whose name differs by case only: to Azure they are the same.</summary>
    public static void Set(IDictionary<string, string> tags, string name, string value)
    {
        foreach (string same in tags.Keys.Where(key => string.Equals(key, name, StringComparison.OrdinalIgnoreCase)).ToList())
        {
            tags.Remove(same);
        }

        tags[name] = value;
    }

    /// <summary>The tags of something without those of this module, and with others in the place of those of the same name.</summary>
    public static IReadOnlyDictionary<string, string> Merge(IEnumerable<KeyValuePair<string, string>> tags, IReadOnlyDictionary<string, string>? others)
    {
        Dictionary<string, string> all = new(StringComparer.OrdinalIgnoreCase);
        foreach (KeyValuePair<string, string> tag in tags.Where(static tag => !tag.Key.StartsWith(OwnPrefix, StringComparison.OrdinalIgnoreCase)).Concat(others ?? new Dictionary<string, string>(StringComparer.Ordinal)))
        {
            all[tag.Key] = tag.Value;
        }

        return all;
    }

    /// <summary>The run that created a resource with these tags; null where it was none of ours.</summary>
    public static string? Read(IReadOnlyDictionary<string, string> tags) => tags.TryGetValue(Name, out string? value) ? value : null;

    /// <inheritdoc cref="Read(IReadOnlyDictionary{string, string})"/>
    public static string? Read(IDictionary<string, string>? tags) => tags is not null && tags.TryGetValue(Name, out string? value) ? value : null;

    /// <summary>Whether a resource with these tags was created by that run.</summary>
    public static bool IsOf(IDictionary<string, string>? tags, string runId) =>
        string.Equals(Read(tags), runId, StringComparison.Ordinal);

    private static ImageServiceException Invalid(string message, string remedy) => new("TagsInvalid", ErrorKind.InvalidArgument, message, remedy, "Tag");
}
