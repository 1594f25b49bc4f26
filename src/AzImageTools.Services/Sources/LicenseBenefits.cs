using AzImageTools.Disks.Items;

namespace AzImageTools.Services.Sources;

/// <summary>Which Marketplace images take a licence that not every subscription brings: the embedded benefits.tsv, with its sources.</summary>
internal static class LicenseBenefits
{
    private static readonly Lazy<IReadOnlyList<Row>> Rows = new(static () => [.. EmbeddedLines.Read("benefits.tsv").Select(static line => line.Split('\t')).Select(static cells => new Row(Pattern(cells[0]), Pattern(cells[1]), Pattern(cells[2]), cells[3]))]);

    /// <summary>The benefit that an image takes; null where none is known.</summary>
    public static string? RequiredBy(string publisher, string offer, string sku)
        => Rows.Value.FirstOrDefault(row => row.Publisher.Matches(publisher) && row.Offer.Matches(offer) && row.Sku.Matches(sku))?.Benefit;

    /// <summary>Whether a subscription's offer brings the Visual Studio benefit; null where the offer is not told.</summary>
    /// <param name="quotaId">As <c>MSDN_2014-09-01</c> or <c>MSDNDevTest_2014-09-01</c>.</param>
    public static bool? IsBroughtBy(string? quotaId) =>
        string.IsNullOrEmpty(quotaId) ? null : quotaId!.StartsWith("MSDN", StringComparison.OrdinalIgnoreCase);

    private static Wildcard Pattern(string text) => new(text, ignoresCase: true);

    private sealed record Row(Wildcard Publisher, Wildcard Offer, Wildcard Sku, string Benefit);
}
