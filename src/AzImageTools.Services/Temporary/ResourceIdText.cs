using System.Text.RegularExpressions;
using Azure.Core;

namespace AzImageTools.Services.Temporary;

/// <summary>Reads resource ids that others may have written: nothing but an id of a group, or of a resource in one.</summary>
internal static class ResourceIdText
{
    private const int Longest = 1024;

    private static readonly Regex Pattern = new(
        "^/subscriptions/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/resourceGroups/[\\w.()-]{1,90}(/providers/[A-Za-z.]{1,60}(/[A-Za-z]{1,60}/[\\w.-]{1,128}){1,3})?$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        TimeSpan.FromSeconds(1));

    /// <summary>The id; null where the text is none.</summary>
    public static ResourceIdentifier? TryParse(string? text)
        => text is { Length: <= Longest } && Pattern.IsMatch(text) && !HasDotSegment(text) && ResourceIdentifier.TryParse(text, out ResourceIdentifier? id) ? id : null;

    /// <summary>Part of an address, such a name would lead elsewhere.</summary>
    private static bool HasDotSegment(string text) => Array.Exists(text.Split('/'), part => part is "." or "..");
}
