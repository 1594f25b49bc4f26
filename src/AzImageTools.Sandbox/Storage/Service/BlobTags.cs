using System.Xml.Linq;
using AzImageTools.Sandbox.Wire;

namespace AzImageTools.Sandbox.Storage.Service;

/// <summary>The index tags of blobs (REST reference, Set Blob Tags: at most ten, names to 128 characters, values to 256).</summary>
internal static class BlobTags
{
    private const int Most = 10;
    private const int LongestName = 128;
    private const int LongestValue = 256;

    public static SortedDictionary<string, string> ReadHeader(CloudRequest request)
        => request.Header("x-ms-tags") is { } text
            ? Check(QueryString.Parse(text.Replace('+', ' ')).Select(entry => (entry.Key, entry.Value)))
            : new SortedDictionary<string, string>(StringComparer.Ordinal);

    public static SortedDictionary<string, string> ReadBody(CloudRequest request)
        => Check(XmlBody.Read(request, "Tags").Descendants("Tag").Select(tag => ((string?)tag.Element("Key") ?? "", (string?)tag.Element("Value") ?? "")));

    public static XElement Describe(StoredBlob blob)
        => new("Tags", new XElement("TagSet", blob.Tags.Select(tag => new XElement("Tag", new XElement("Key", tag.Key), new XElement("Value", tag.Value)))));

    private static SortedDictionary<string, string> Check(IEnumerable<(string Name, string Value)> given)
    {
        var tags = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in given)
        {
            if (name.Length == 0)
            {
                throw StorageException.BadRequest("EmptyTagName", "The name of one of the tag key-value pairs is empty.");
            }

            if (tags.ContainsKey(name))
            {
                throw StorageException.BadRequest("DuplicateTagNames", "The tags specified contain duplicate names.");
            }

            if (name.Length > LongestName || value.Length > LongestValue || !IsValid(name) || !IsValid(value) || tags.Count == Most)
            {
                throw StorageException.BadRequest("InvalidTag", "The tags specified are invalid. They are too many or too long, or contain characters that are not permitted.");
            }

            tags.Add(name, value);
        }

        return tags;
    }

    private static bool IsValid(string text)
        => text.All(character => character is (>= 'a' and <= 'z') or (>= 'A' and <= 'Z') or (>= '0' and <= '9') or ' ' or '+' or '-' or '.' or '/' or ':' or '=' or '_');
}
