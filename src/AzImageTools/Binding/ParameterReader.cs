using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Security;
using AzImageTools.Disks;
using AzImageTools.Services;
using AzImageTools.Services.Upload.Target;

namespace AzImageTools.Binding;

/// <summary>Reads what parameters and piped objects of other modules hold, by name and never by type.</summary>
internal static class ParameterReader
{
    /// <summary>A property of a piped object as text; null where the object has none of these, or they are empty.</summary>
    /// <param name="input">The object.</param>
    /// <param name="properties">The property's name, and others to try in turn.</param>
    public static string? ReadText(PSObject? input, params string[] properties)
        => properties
            .Select(property => Convert.ToString(input?.Properties[property]?.Value, CultureInfo.InvariantCulture))
            .FirstOrDefault(text => !string.IsNullOrEmpty(text));

    /// <summary>A -Tag hashtable as names and values.</summary>
    public static IReadOnlyDictionary<string, string>? ReadTags(Hashtable? tags)
        => tags?.Cast<DictionaryEntry>().ToDictionary(
            tag => Convert.ToString(tag.Key, CultureInfo.InvariantCulture)!,
            tag => Convert.ToString(tag.Value, CultureInfo.InvariantCulture) ?? string.Empty,
            StringComparer.OrdinalIgnoreCase);

    /// <summary>A page blob's address with a signature, as a parameter takes it: a SecureString, text or a Uri.</summary>
    /// <exception cref="ImageServiceException">It is none of the three, or no such address (InvalidSasUri).</exception>
    public static SasTarget ReadSasUri(object? value) => (value is PSObject wrapped ? wrapped.BaseObject : value) switch
    {
        SecureString secret => new SasTarget(secret),
        string text => new SasTarget(text),
        Uri uri => new SasTarget(uri.AbsoluteUri),
        _ => throw new ImageServiceException(
            "InvalidSasUri", ErrorKind.InvalidArgument, "The SAS URI is neither text nor a SecureString.", "Give the blob's address with its signature."),
    };
}
