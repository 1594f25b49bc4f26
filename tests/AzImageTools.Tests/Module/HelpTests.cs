using AzImageTools.TestKit;

namespace AzImageTools.Tests.Module;

/// <summary>The pages of docs/en-US against the cmdlets.</summary>
public sealed class HelpTests
{
    private static readonly string Folder = Path.Combine(RepositoryPaths.Root, "docs", "en-US");

    [Fact]
    public async Task Every_cmdlet_has_a_page_that_tells_of_it_as_it_is()
    {
        (int exitCode, string output, string error) = await ExternalTool.TryRunAsync("dotnet", PowerShellProgram.Help, "check", Folder);

        Assert.True(exitCode == 0, output + error);
    }

    [Fact]
    public async Task A_page_that_tells_of_another_parameter_or_lacks_its_examples_or_has_no_cmdlet_is_told()
    {
        using TempFolder copy = new();
        foreach (string page in Directory.EnumerateFiles(Folder))
        {
            File.Copy(page, copy.File(Path.GetFileName(page)));
        }

        string changed = copy.File("Get-AzVhdInfo.md");
        File.WriteAllText(changed, (await File.ReadAllTextAsync(changed)).Replace("### -Check", "### -Test", StringComparison.Ordinal));
        string emptied = copy.File("Send-AzVhd.md");
        string text = await File.ReadAllTextAsync(emptied);
        File.WriteAllText(emptied, text[..text.IndexOf("### Example 2", StringComparison.Ordinal)] + text[text.IndexOf("## PARAMETERS", StringComparison.Ordinal)..]);
        File.Delete(copy.File("Convert-AzVhd.md"));
        File.WriteAllText(copy.File("Get-Nothing.md"), "# Get-Nothing");

        (int exitCode, _, string error) = await ExternalTool.TryRunAsync("dotnet", PowerShellProgram.Help, "check", copy.FullName);

        Assert.Equal(1, exitCode);
        Assert.Collection(
            error.Split('\n', StringSplitOptions.RemoveEmptyEntries),
            line => Assert.StartsWith("Convert-AzVhd has no page", line, StringComparison.Ordinal),
            line => Assert.StartsWith($"{changed} is not as the cmdlet is.", line, StringComparison.Ordinal),
            line => Assert.Equal($"{emptied} has fewer than 2 examples.", line),
            line => Assert.Equal($"{copy.File("Get-Nothing.md")} is the page of no cmdlet.", line));
    }
}
