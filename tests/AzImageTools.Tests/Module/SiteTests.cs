using AzImageTools.TestKit;

namespace AzImageTools.Tests.Module;

/// <summary>The documentation's site: made by its one command, opened page by page, searched.</summary>
public sealed class SiteTests
{
    private static readonly string Docs = Path.Combine(RepositoryPaths.Root, "docs");

    private static readonly string Check = Path.Combine(RepositoryPaths.Root, "tests", "AzImageTools.Tests", "Module", "check-site.cjs");

    [Fact]
    public async Task Every_page_opens_without_an_error_no_link_is_broken_and_the_search_finds()
    {
        ExternalTool.SkipUnlessInstalled("chromium", "node");
        string modules = await NpmPackages.InstallAsync("site-1.65.1", "playwright-core@1.65.1");
        (int restored, string output, string error) = await ExternalTool.TryRunAsync("dotnet", "tool", "restore", "--tool-manifest", Path.Combine(Docs, ".config", "dotnet-tools.json"));
        Assert.SkipUnless(restored == 0, $"docfx could not be restored: {output}{error}");
        await ExternalTool.RunAsync("dotnet", "build", Path.Combine(Docs, "site.proj"), "--nologo", "-v", "quiet");
        string site = Path.Combine(RepositoryPaths.Root, "out", "site");

        string problems = await ExternalTool.RunAsync("node", Check, modules, ExternalTool.Find("chromium")!, site, "stornvme", "docs/readiness.html");

        int pages = 4 + Directory.EnumerateFiles(Docs, "*.md", SearchOption.AllDirectories).Count();
        Assert.Equal($"checked {pages}", problems.Trim());
    }

    [Fact]
    public async Task A_link_that_leads_nowhere_is_told_and_so_is_what_a_page_says_on_the_console()
    {
        ExternalTool.SkipUnlessInstalled("chromium", "node");
        string modules = await NpmPackages.InstallAsync("site-1.65.1", "playwright-core@1.65.1");
        using TempFolder site = new();
        await File.WriteAllTextAsync(site.File("index.html"), """
            <div id="navbar"><a href="gone.html">gone</a> <a href="index.html#none">none</a></div><img src="gone.png">
            <input id="search-query"><div id="search-results"><div class="sr-item"><a href="index.html">found</a></div></div>
            <script>console.error('broken')</script>
            """);

        string problems = await ExternalTool.RunAsync("node", Check, modules, ExternalTool.Find("chromium")!, site.FullName, "word", "other.html");

        Assert.Contains("index.html: console: broken", problems, StringComparison.Ordinal);
        Assert.Contains("index.html: /gone.html leads nowhere", problems, StringComparison.Ordinal);
        Assert.Contains("index.html: /index.html has no #none", problems, StringComparison.Ordinal);
        Assert.Contains("index.html: 404: ", problems, StringComparison.Ordinal);
        Assert.Contains("word is not found on other.html", problems, StringComparison.Ordinal);
    }

    [Fact]
    public void Each_document_is_in_the_contents()
    {
        string contents = string.Concat(Directory.EnumerateFiles(Path.Combine(Docs, "site"), "toc.yml", SearchOption.AllDirectories).Select(File.ReadAllText));

        Assert.All(
            Directory.EnumerateFiles(Docs, "*.md").Concat(Directory.EnumerateFiles(Path.Combine(Docs, "guides"), "*.md")),
            page => Assert.Contains($"href: {Path.GetFileName(page)}", contents, StringComparison.Ordinal));
    }
}
