using System.Globalization;
using System.Text;
using Markdig;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace AzImageTools.Help;

/// <summary>
/// What the documentation's site is made of: the repository's pages in a folder of their own, where a link to anything else of the
/// repository leads to where it is published.
/// </summary>
internal sealed class SiteSource(string root, string output, string repositoryUrl)
{
    private static readonly MarkdownPipeline Pipeline = new MarkdownPipelineBuilder().UsePreciseSourceLocation().UsePipeTables().Build();

    private readonly string _root = Path.GetFullPath(root);
    private readonly List<string> _problems = [];

    /// <summary>Writes them.</summary>
    /// <returns>Which links lead nowhere, a line each.</returns>
    public IReadOnlyList<string> Write()
    {
        string docs = Path.Combine(_root, "docs");
        string[] pages = [Path.Combine(_root, "README.md"), Path.Combine(_root, "CHANGELOG.md"), .. Directory.EnumerateFiles(docs, "*.md", SearchOption.AllDirectories)];
        foreach (string page in pages)
        {
            WriteFile(PlaceOf(page), Redirect(File.ReadAllText(page), page));
        }

        foreach (string file in Directory.EnumerateFiles(Path.Combine(docs, "site"), "*", SearchOption.AllDirectories))
        {
            Copy(file, Path.GetRelativePath(Path.Combine(docs, "site"), file));
        }

        foreach (string file in Directory.EnumerateFiles(Path.Combine(docs, "images")))
        {
            Copy(file, Path.GetRelativePath(_root, file));
        }

        WriteReference(Path.Combine(docs, "en-US"));
        WriteGuides(Path.Combine(docs, "guides"));
        return _problems;
    }

    private string PlaceOf(string page) => Path.GetRelativePath(_root, page) is var relative && relative is "README.md" ? "index.md" : relative;

    private void Copy(string file, string place)
    {
        string target = Path.Combine(output, place);
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        File.Copy(file, target, overwrite: true);
    }

    private void WriteFile(string place, string text)
    {
        string target = Path.Combine(output, place);
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        File.WriteAllText(target, text);
    }

    /// <summary>The cmdlets' pages have a list of their own, by name, with what each does.</summary>
    private void WriteReference(string folder)
    {
        StringBuilder contents = new();
        StringBuilder index = new("# Cmdlets\n\n| Cmdlet | For |\n|---|---|\n");
        foreach (CmdletDescription cmdlet in CmdletDescription.FindAll())
        {
            contents.Append(CultureInfo.InvariantCulture, $"- name: {cmdlet.Name}\n  href: {cmdlet.Name}.md\n");
            index.Append(CultureInfo.InvariantCulture, $"| [{cmdlet.Name}]({cmdlet.Name}.md) | {cmdlet.Synopsis.Replace("|", "\\|", StringComparison.Ordinal)} |\n");
        }

        index.Append("\n## Topics\n\n");
        contents.Append("- name: Topics\n  items:\n");
        foreach (string topic in Directory.EnumerateFiles(folder, "about_*.md").Select(static path => Path.GetFileName(path)).Order(StringComparer.Ordinal))
        {
            contents.Append(CultureInfo.InvariantCulture, $"  - name: {Path.GetFileNameWithoutExtension(topic)}\n    href: {topic}\n");
            index.Append(CultureInfo.InvariantCulture, $"- [{Path.GetFileNameWithoutExtension(topic)}]({topic})\n");
        }

        WriteFile("docs/en-US/toc.yml", contents.ToString());
        WriteFile("docs/en-US/index.md", index.ToString());
    }

    private void WriteGuides(string folder)
        => WriteFile("docs/guides/index.md", "# Guides\n\n" + string.Concat(Directory.EnumerateFiles(folder, "*.md").Order(StringComparer.Ordinal)
            .Select(static path => $"- [{File.ReadLines(path).First().TrimStart('#', ' ')}]({Path.GetFileName(path)})\n")));

    /// <summary>The page's text with its links as the site has them.</summary>
    private string Redirect(string text, string page)
    {
        StringBuilder result = new(text);
        foreach (LinkInline link in Markdown.Parse(text, Pipeline).Descendants<LinkInline>().Where(static link => link.UrlSpan.Length > 0).OrderByDescending(static link => link.UrlSpan.Start))
        {
            string address = link.Url ?? string.Empty;
            if (address.StartsWith('#') || Uri.TryCreate(address, UriKind.Absolute, out _))
            {
                continue;
            }

            string[] parts = address.Split('#', 2);
            string target = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(page)!, parts[0]));
            string relative = Path.GetRelativePath(_root, target).Replace('\\', '/');
            if (!Path.Exists(target))
            {
                _problems.Add($"{Path.GetRelativePath(_root, page)}: {address} leads nowhere.");
                continue;
            }

            string? changed = relative switch
            {
                "README.md" => Path.GetRelativePath(Path.GetDirectoryName(page)!, Path.Combine(_root, "index.md")).Replace('\\', '/'),
                "docs/en-US" or "docs/guides" => parts[0].TrimEnd('/') + "/index.md",
                _ when IsOnSite(relative) => null,
                _ => $"{repositoryUrl}/{(Directory.Exists(target) ? "tree" : "blob")}/main/{relative}",
            };
            if (changed is not null)
            {
                string fragment = parts.Length > 1 ? "#" + parts[1] : string.Empty;
                result.Remove(link.UrlSpan.Start, link.UrlSpan.Length).Insert(link.UrlSpan.Start, changed + fragment);
            }
        }

        return result.ToString();
    }

    private static bool IsOnSite(string relative)
        => relative is "CHANGELOG.md" || (relative.StartsWith("docs/", StringComparison.Ordinal) && Path.GetExtension(relative) is ".md" or ".png" or ".svg");
}
