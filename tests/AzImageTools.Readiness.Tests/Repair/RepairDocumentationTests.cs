using System.Text.RegularExpressions;
using AzImageTools.Readiness.Repair;
using AzImageTools.TestKit;

namespace AzImageTools.Readiness.Tests.Repair;

/// <summary>docs/repair.md tells of every rule whether it is repaired, how, or why not.</summary>
public sealed partial class RepairDocumentationTests
{
    [Fact]
    public void Every_rule_has_a_row_that_says_whether_it_is_repaired()
    {
        ILookup<string, (bool IsRepaired, string Why)> rows = Row().Matches(File.ReadAllText(Path.Combine(RepositoryPaths.Root, "docs", "repair.md")))
            .ToLookup(static row => row.Groups["id"].Value, static row => (row.Groups["repaired"].Value == "yes", row.Groups["how"].Value));
        Assert.Equal(RuleCatalog.All.Select(static rule => rule.Id).Order(StringComparer.Ordinal), rows.Select(static row => row.Key).Order(StringComparer.Ordinal));
        Assert.All(RuleCatalog.All, rule =>
        {
            (bool isRepaired, string why) = Assert.Single(rows[rule.Id]);
            Assert.Equal((rule.Id, rule.IsRepairable), (rule.Id, isRepaired));
            Assert.NotEmpty(why);
            if (RepairReasons.Of(rule) is { } reason)
            {
                Assert.Equal((rule.Id, reason), (rule.Id, why));
            }
        });
    }

    [Fact]
    public void Every_rule_of_Windows_and_of_disks_that_is_not_repaired_says_why()
        => Assert.All(
            RuleCatalog.Disk.Concat(RuleCatalog.Windows).Where(static rule => !rule.IsRepairable),
            static rule => Assert.DoesNotContain("not known", RepairReasons.Of(rule)));

    [GeneratedRegex(@"^\| (?<id>\w+) \| (?<repaired>yes|no) \| (?<how>.+) \|$", RegexOptions.Multiline)]
    private static partial Regex Row();
}
