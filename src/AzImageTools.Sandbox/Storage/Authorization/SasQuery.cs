using System.Globalization;

namespace AzImageTools.Sandbox.Storage.Authorization;

/// <summary>The parameters of a shared access signature in an address.</summary>
internal sealed class SasQuery(IReadOnlyDictionary<string, string> query)
{
    /// <summary>A parameter; empty where it is missing.</summary>
    public string this[string name] => query.TryGetValue(name, out var value) ? value : "";

    /// <summary>Whether it is one for a whole account.</summary>
    public bool IsForAccount => this["ss"].Length > 0 || this["srt"].Length > 0;

    public bool IsSince(string version) => string.CompareOrdinal(this["sv"], version) >= 0;

    /// <summary>A time in one of the forms of ISO 8601 that are allowed; null where it is missing or none.</summary>
    public DateTimeOffset? Time(string name)
        => DateTimeOffset.TryParse(this[name], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time) ? time : null;
}
