using AzImageTools.Sandbox.Wire;

namespace AzImageTools.Sandbox.Storage.Service;

/// <summary>What a request's headers say that a blob keeps.</summary>
internal static class BlobHeaders
{
    private const string MetadataPrefix = "x-ms-meta-";

    private static readonly string[] ContentNames = ["Content-Type", "Content-Encoding", "Content-Language", "Content-MD5", "Content-Disposition", "Cache-Control"];

    /// <summary>REST reference, Set Blob Tier.</summary>
    private static readonly string[] BlockTiers = ["Hot", "Cool", "Cold", "Archive"];

    private static readonly string[] PageTiers = ["P4", "P6", "P10", "P15", "P20", "P30", "P40", "P50", "P60", "P70", "P80"];

    public static Dictionary<string, string> ReadMetadata(CloudRequest request)
    {
        var metadata = request.Headers
            .Where(header => header.Key.StartsWith(MetadataPrefix, StringComparison.OrdinalIgnoreCase))
            .ToDictionary(header => header.Key.Substring(MetadataPrefix.Length), header => header.Value, StringComparer.OrdinalIgnoreCase);
        var invalid = metadata.Keys.FirstOrDefault(name => name.Length == 0 || char.IsDigit(name[0]) || !name.All(character => character == '_' || char.IsLetterOrDigit(character)));
        return invalid is null
            ? metadata
            : throw StorageException.BadRequest("InvalidMetadata", "The specified metadata is invalid. It has characters that are not permitted: " + invalid + ".");
    }

    /// <summary>Content-Type and its like.</summary>
    public static Dictionary<string, string> ReadContent(CloudRequest request)
    {
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase) { ["Content-Type"] = "application/octet-stream" };
        foreach (var name in ContentNames)
        {
            if (request.Header("x-ms-blob-" + name) is { } value)
            {
                headers[name] = value;
            }
        }

        return headers;
    }

    /// <summary>The tier asked for; null for none.</summary>
    public static string? ReadTier(CloudRequest request, string blobType)
    {
        if (request.Header("x-ms-access-tier") is not { } tier)
        {
            return null;
        }

        var known = blobType is BlockBlob.TypeName ? BlockTiers : blobType is PageBlob.TypeName ? PageTiers : [];
        return Array.Find(known, name => string.Equals(name, tier, StringComparison.OrdinalIgnoreCase)) ?? throw StorageException.InvalidHeader("x-ms-access-tier", tier);
    }
}
