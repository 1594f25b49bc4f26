using System.Globalization;
using System.Net;
using AzImageTools.Sandbox.Wire;

namespace AzImageTools.Sandbox.Storage.Service;

/// <summary>Reads the header of a byte range: <c>bytes=first-last</c> or <c>bytes=first-</c>.</summary>
internal static class ByteRange
{
    private const string Unit = "bytes=";

    /// <summary>The range asked for, cut to nothing; null where none was. An open end is <see cref="long.MaxValue"/>.</summary>
    public static PageRange? Parse(CloudRequest request) => Parse(request.Header("x-ms-range") ?? request.Header("Range"), "x-ms-range");

    /// <summary>The range in a header's text; null where that is.</summary>
    public static PageRange? Parse(string? text, string header)
    {
        if (text is null)
        {
            return null;
        }

        var dash = text.IndexOf('-');
        if (!text.StartsWith(Unit, StringComparison.OrdinalIgnoreCase) || dash < Unit.Length
            || !TryNumber(text.Substring(Unit.Length, dash - Unit.Length), out var first))
        {
            throw StorageException.InvalidHeader(header, text);
        }

        if (dash == text.Length - 1)
        {
            return new PageRange(first, long.MaxValue);
        }

        if (!TryNumber(text.Substring(dash + 1), out var last) || last < first || last == long.MaxValue)
        {
            throw StorageException.InvalidHeader(header, text);
        }

        return new PageRange(first, last + 1);
    }

    /// <summary>A range cut to what there is of a blob.</summary>
    public static PageRange Cut(PageRange range, long length)
        => range.Start < length
            ? new PageRange(range.Start, Math.Min(range.End, length))
            : throw new StorageException(HttpStatusCode.RequestedRangeNotSatisfiable, "InvalidRange", "The range specified is invalid for the current size of the resource.");

    private static bool TryNumber(string text, out long number)
        => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
