namespace AzImageTools.Readiness.Reports;

/// <summary>A piece of markup. It is made of templates alone, which encode everything that is put into them.</summary>
internal readonly struct Html
{
    private readonly string? _markup;

    private Html(string markup)
    {
        _markup = markup;
    }

    public static Html Empty => default;

    /// <summary>Markup from a template: what stands between braces is encoded, unless it is markup itself.</summary>
    public static Html Of(HtmlTemplate template) => new(template.ToMarkup());

    /// <summary>Pieces of markup, one after the other.</summary>
    public static Html Join(IEnumerable<Html> pieces) => new(string.Concat(pieces.Select(piece => piece.ToString())));

    /// <summary>The product's own style sheet, which holds nothing of a guest.</summary>
    public static Html StyleSheet(string css) => new($"<style>{css}</style>");

    public override string ToString() => _markup ?? string.Empty;
}
