namespace AzImageTools.Help;

/// <summary>What is wrong with a folder of pages.</summary>
internal static class PageCheck
{
    private const int LeastExamples = 2;

    public static IEnumerable<string> FindProblems(string folder)
    {
        IReadOnlyList<CmdletDescription> cmdlets = CmdletDescription.FindAll();
        foreach (CmdletDescription cmdlet in cmdlets)
        {
            string path = HelpPage.PathOf(cmdlet.Name, folder);
            if (!File.Exists(path))
            {
                yield return $"{cmdlet.Name} has no page: {path}.";
                continue;
            }

            HelpPage page = HelpPage.Read(cmdlet, folder);
            if (page.Render(cmdlet) != File.ReadAllText(path).ReplaceLineEndings("\n"))
            {
                yield return $"{path} is not as the cmdlet is. Run: dotnet run --project src/AzImageTools.Help -- update docs/en-US";
            }

            foreach ((string section, string text) in new[] { ("DESCRIPTION", page.Description), ("NOTES", page.Notes), ("RELATED LINKS", page.Links) }.Where(static part => part.Item2.Length == 0))
            {
                yield return $"{path} has nothing below {section}.";
            }

            if (page.EachExample.Count() < LeastExamples)
            {
                yield return $"{path} has fewer than {LeastExamples} examples.";
            }
        }

        HashSet<string> names = [.. cmdlets.Select(static cmdlet => cmdlet.Name)];
        foreach (string path in Directory.EnumerateFiles(folder, "*.md").Where(path => Path.GetFileNameWithoutExtension(path) is { } name && !name.StartsWith("about_", StringComparison.Ordinal) && !names.Contains(name)))
        {
            yield return $"{path} is the page of no cmdlet.";
        }
    }
}
