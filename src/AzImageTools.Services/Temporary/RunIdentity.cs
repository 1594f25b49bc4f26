using System.Text.RegularExpressions;
using Azure.Core;

namespace AzImageTools.Services.Temporary;

/// <summary>A run that makes something for a while.</summary>
/// <param name="RunId">Its id, 16 hexadecimal digits.</param>
/// <param name="Purpose">What it makes things for, such as <c>boot</c>: lower-case letters, digits and hyphens.</param>
/// <param name="Begun">When it began, by Azure's clock, in whole seconds.</param>
internal sealed record RunIdentity(string RunId, string Purpose, DateTimeOffset Begun)
{
    private const int LongestName = 80;

    private static readonly Regex IdPattern = new("^[0-9a-f]{16}$", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));
    private static readonly Regex PurposePattern = new("^[a-z][a-z0-9-]{0,23}$", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));

    /// <summary>Whether a text can be a run's id.</summary>
    public static bool IsRunId(string? text) => text is not null && IdPattern.IsMatch(text);

    /// <summary>Whether a text can be a purpose.</summary>
    public static bool IsPurpose(string? text) => text is not null && PurposePattern.IsMatch(text);

    /// <summary>The name that a run gives something: nobody else's has the run's id, and Azure never changes a name.</summary>
    /// <param name="purpose">The run's purpose.</param>
    /// <param name="runId">The run's id.</param>
    /// <param name="part">What tells it from the run's other things; null for nothing.</param>
    public static string NameFor(string purpose, string runId, string? part = null)
    {
        string name = $"azimagetools-{purpose}-{runId}{(string.IsNullOrEmpty(part) ? string.Empty : "-" + part)}";
        return name.Length <= LongestName ? name : name.Substring(0, LongestName).TrimEnd('-', '.', '_');
    }

    /// <summary>Whether a resource lies in the run's own group.</summary>
    public bool OwnsGroupOf(ResourceIdentifier id) => IsNamed(id.ResourceGroupName);

    /// <summary>Whether a resource has a name that the run gives, or lies in the run's own group.</summary>
    public bool Names(ResourceIdentifier id) => IsNamed(id.Name) || OwnsGroupOf(id);

    private bool IsNamed(string? name)
        => name is not null && name.StartsWith("azimagetools-", StringComparison.OrdinalIgnoreCase) && name.IndexOf("-" + RunId, StringComparison.OrdinalIgnoreCase) > 0;
}
