using AzImageTools.Help;

// update FOLDER: brings the pages in FOLDER up to date with the cmdlets, and makes those that are missing.
// check FOLDER: tells which pages are not up to date; exit code 1 where there are any.
// make FOLDER OUTPUT: writes what Get-Help reads, of the pages in FOLDER, to OUTPUT.
// site REPOSITORY OUTPUT URL: writes what docfx makes the documentation's site of; URL is where the repository is published.
switch (args)
{
    case ["update", string folder]:
        foreach (CmdletDescription cmdlet in CmdletDescription.FindAll())
        {
            HelpPage.Update(cmdlet, folder);
        }

        return 0;
    case ["check", string folder]:
        List<string> problems = [.. PageCheck.FindProblems(folder)];
        problems.ForEach(Console.Error.WriteLine);
        return problems.Count == 0 ? 0 : 1;
    case ["make", string folder, string output]:
        Directory.CreateDirectory(output);
        Maml.Write(CmdletDescription.FindAll().Select(cmdlet => (cmdlet, HelpPage.Read(cmdlet, folder))), Path.Combine(output, "AzImageTools.dll-Help.xml"));
        foreach (string topic in Directory.EnumerateFiles(folder, "about_*.md"))
        {
            File.WriteAllText(Path.Combine(output, Path.ChangeExtension(Path.GetFileName(topic), ".help.txt")), AboutTopic.Render(topic));
        }

        return 0;
    case ["site", string repository, string output, string url]:
        IReadOnlyList<string> lost = new SiteSource(repository, output, url).Write();
        foreach (string link in lost)
        {
            Console.Error.WriteLine(link);
        }

        return lost.Count == 0 ? 0 : 1;
    default:
        Console.Error.WriteLine("Usage: AzImageTools.Help update FOLDER | check FOLDER | make FOLDER OUTPUT | site REPOSITORY OUTPUT URL");
        return 2;
}
