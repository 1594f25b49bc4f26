using System.Text;
using Markdig;
using Markdig.Extensions.Tables;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace AzImageTools.Help;

/// <summary>Markdown as text for a console: paragraphs, lists, tables as lines, code as it is.</summary>
internal static class PlainText
{
    private static readonly MarkdownPipeline Pipeline = new MarkdownPipelineBuilder().UsePipeTables().Build();

    public static MarkdownDocument Parse(string markdown) => Markdown.Parse(markdown, Pipeline);

    /// <summary>The paragraphs of a text; comments of the page are left out.</summary>
    public static IReadOnlyList<string> Paragraphs(string markdown) => [.. Parse(markdown).Where(static block => block is not HtmlBlock).SelectMany(Render)];

    /// <summary>The lines of a block.</summary>
    public static IEnumerable<string> Render(Block block) => block switch
    {
        CodeBlock code => [code.Lines.ToString()],
        HeadingBlock heading => [Text(heading.Inline)],
        ParagraphBlock paragraph => [Text(paragraph.Inline)],
        ListBlock list => list.Cast<ListItemBlock>().Select((item, index) => (list.IsOrdered ? $"{index + 1}. " : "- ") + string.Join("\n  ", item.SelectMany(Render))),
        Table table => table.Cast<TableRow>().Select(static row => string.Join(": ", row.Cast<TableCell>().Select(static cell => string.Join(' ', cell.SelectMany(Render))).Where(static text => text.Length > 0))).Where(static line => line.Length > 0),
        ContainerBlock container => container.SelectMany(Render),
        _ => [],
    };

    /// <summary>A line of text; a link's address stands behind it where it is one of the web.</summary>
    public static string Text(ContainerInline? inlines)
    {
        StringBuilder text = new();
        foreach (Inline inline in inlines ?? Enumerable.Empty<Inline>())
        {
            text.Append(inline switch
            {
                CodeInline code => code.Content,
                LineBreakInline => " ",
                HtmlEntityInline entity => entity.Transcoded.ToString(),
                LinkInline { Url: { } url } link when url.StartsWith("https://", StringComparison.Ordinal) => $"{Text(link)} ({url})",
                ContainerInline container => Text(container),
                LiteralInline literal => literal.Content.ToString(),
                _ => string.Empty,
            });
        }

        return text.ToString();
    }
}
