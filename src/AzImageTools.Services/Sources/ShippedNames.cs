namespace AzImageTools.Services.Sources;

/// <summary>Names that ship with the module (names.tsv, with its sources), for completing what is typed where nothing can be asked.</summary>
public static class ShippedNames
{
    private static readonly Lazy<IReadOnlyList<string[]>> Rows = new(static () => [.. EmbeddedLines.Read("names.tsv").Select(static line => line.Split('\t'))]);

    /// <summary>Regions of Azure's public cloud.</summary>
    public static IReadOnlyList<string> Locations => [.. Rows.Value.Where(static row => row.Length == 1).Select(static row => row[0])];

    /// <summary>The usual publishers.</summary>
    public static IReadOnlyList<string> Publishers => Distinct(Images().Select(static row => row[0]));

    /// <summary>Offers of a publisher.</summary>
    /// <param name="publisher">The publisher.</param>
    public static IReadOnlyList<string> Offers(string publisher) => Distinct(Images().Where(row => Is(row[0], publisher)).Select(static row => row[1]));

    /// <summary>SKUs of an offer.</summary>
    /// <param name="publisher">The publisher; null for all.</param>
    /// <param name="offer">The offer; null for all.</param>
    public static IReadOnlyList<string> Skus(string? publisher, string? offer)
        => Distinct(Images().Where(row => (publisher is null || Is(row[0], publisher)) && (offer is null || Is(row[1], offer))).Select(static row => row[2]));

    private static IEnumerable<string[]> Images() => Rows.Value.Where(static row => row.Length == 3);

    private static bool Is(string one, string other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase);

    private static IReadOnlyList<string> Distinct(IEnumerable<string> names) => [.. names.Distinct(StringComparer.OrdinalIgnoreCase).OrderBy(static name => name, StringComparer.OrdinalIgnoreCase)];
}
