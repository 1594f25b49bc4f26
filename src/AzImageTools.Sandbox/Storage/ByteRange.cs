using System.Globalization;
using AzImageTools.Sandbox.Wire;

namespace AzImageTools.Sandbox.Storage;

/// <summary>Reads the header of a byte range: <c>bytes=first-last</c> or <c>bytes=first-</c>.</summary>
internal static class ByteRange
{
    private const string Unit = "bytes=";

    /// <summary>The range asked for, cut to nothing; null where none was. An open end is <see cref="long.MaxValue"/>.</summary>
    public static PageRange? Parse(CloudRequest request)
    {
        var text = request.Header("x-ms-range") ?? request.Header("Range");
        if (text is null)
        {
            return null;
        }

        var dash = text.IndexOf('-');
        if (!text.StartsWith(Unit, StringComparison.OrdinalIgnoreCase) || dash < Unit.Length
            || !TryNumber(text.Substring(Unit.Length, dash - Unit.Length), out var first))
        {
            throw StorageException.InvalidHeader("x-ms-range");
        }

        if (dash == text.Length - 1)
        {
            return new PageRange(first, long.MaxValue);
        }

        if (!TryNumber(text.Substring(dash + 1), out var last) || last < first || last == long.MaxValue)
        {
            throw StorageException.InvalidHeader("x-ms-range");
        }

        return new PageRange(first, last + 1);
    }

    private static bool TryNumber(string text, out long number)
        => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
