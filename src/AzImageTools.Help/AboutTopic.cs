using System.Text;
using Markdig.Syntax;

namespace AzImageTools.Help;

/// <summary>A page about_NAME.md as the text that Get-Help about_NAME shows.</summary>
internal static class AboutTopic
{
    private const int Columns = 80;
    private const string Indent = "    ";

    public static string Render(string path)
    {
        StringBuilder topic = new();
        topic.Append("TOPIC\n").Append(Indent).Append(Path.GetFileNameWithoutExtension(path)).Append('\n');
        foreach (Block block in PlainText.Parse(File.ReadAllText(path)).Where(static block => block is not HtmlBlock))
        {
            switch (block)
            {
                case HeadingBlock { Level: 1 }:
                    break;
                case HeadingBlock heading:
                    topic.Append('\n').Append(PlainText.Text(heading.Inline).ToUpperInvariant()).Append('\n');
                    break;
                case CodeBlock code:
                    topic.Append('\n');
                    foreach (string line in code.Lines.ToString().Split('\n'))
                    {
                        topic.Append(Indent).Append(Indent).Append(line.TrimEnd()).Append('\n');
                    }

                    break;
                default:
                    topic.Append(block is ParagraphBlock ? string.Empty : "\n");
                    foreach (string paragraph in PlainText.Render(block))
                    {
                        topic.Append(block is ParagraphBlock ? "\n" : string.Empty);
                        AppendWrapped(topic, paragraph);
                    }

                    break;
            }
        }

        return topic.ToString();
    }

    private static void AppendWrapped(StringBuilder topic, string paragraph)
    {
        string line = Indent;
        foreach (string word in paragraph.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Length > Indent.Length && line.Length + word.Length > Columns)
            {
                topic.Append(line.TrimEnd()).Append('\n');
                line = Indent;
            }

            line += word + " ";
        }

        topic.Append(line.TrimEnd()).Append('\n');
    }
}
