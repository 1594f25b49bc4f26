namespace AzImageTools.Services.Plans;

/// <summary>The tag by which a run knows what it created itself.</summary>
internal static class RunTag
{
    /// <summary>The tag's name; its value is the run's id.</summary>
    public const string Name = "azimagetools-run";

    /// <summary>A new id.</summary>
    public static string NewRunId() => Guid.NewGuid().ToString("N").Substring(0, 16);

    /// <summary>Puts the user's tags and the run's tag on a resource about to be created.</summary>
    public static void Apply(IDictionary<string, string> tags, IReadOnlyDictionary<string, string>? userTags, string runId)
    {
        if (userTags is not null)
        {
            foreach (KeyValuePair<string, string> tag in userTags)
            {
                tags[tag.Key] = tag.Value;
            }
        }

        tags[Name] = runId;
    }

    /// <summary>The run that created a resource with these tags; null where it was none of ours.</summary>
    public static string? Read(IDictionary<string, string>? tags) => tags is not null && tags.TryGetValue(Name, out string? value) ? value : null;

    /// <summary>Whether a resource with these tags was created by that run.</summary>
    public static bool IsOf(IDictionary<string, string>? tags, string runId) =>
        string.Equals(Read(tags), runId, StringComparison.Ordinal);
}
