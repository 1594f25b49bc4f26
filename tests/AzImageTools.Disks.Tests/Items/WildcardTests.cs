using AzImageTools.Disks.Items;

namespace AzImageTools.Disks.Tests.Items;

public class WildcardTests
{
    [Theory]
    [InlineData("*", "", true)]
    [InlineData("*.log", "setup.LOG", true)]
    [InlineData("set?p.log", "setup.log", true)]
    [InlineData("set?p.log", "setp.log", false)]
    [InlineData("[a-c]x", "Bx", true)]
    [InlineData("[a-c]x", "dx", false)]
    [InlineData("[xyz-]", "-", true)]
    [InlineData("a`*", "a*", true)]
    [InlineData("a`*", "ab", false)]
    [InlineData("``*", "`anything", true)]
    [InlineData("a*b*c", "a-b-b-c", true)]
    [InlineData("a*b*c", "a-b-b-d", false)]
    [InlineData("[]", "[]", true)]
    [InlineData("ends`", "ends`", true)]
    public void A_name_matches_as_in_PowerShell(string pattern, string name, bool matches)
        => Assert.Equal(matches, new Wildcard(pattern, ignoresCase: true).Matches(name));

    [Fact]
    public void Case_counts_where_the_file_system_says_so()
    {
        Assert.True(new Wildcard("A*", ignoresCase: true).Matches("abc"));
        Assert.False(new Wildcard("A*", ignoresCase: false).Matches("abc"));
        Assert.False(new Wildcard("[A-C]", ignoresCase: false).Matches("b"));
    }

    [Fact]
    public void A_pattern_of_many_stars_is_answered_at_once()
        => Assert.False(new Wildcard(string.Concat(Enumerable.Repeat("*a", 100)) + "b", ignoresCase: true).Matches(new string('a', 50_000)));

    [Theory]
    [InlineData(@"Windows\System32\config\*", @"Windows\System32\config", 1)]
    [InlineData("/etc/*/x", "etc", 2)]
    [InlineData(@"\", "", 0)]
    [InlineData("", "", 0)]
    [InlineData(@"a\b`*", @"a\b*", 0)]
    [InlineData(@"with`\slash\*", @"with\slash", 1)]
    public void A_path_begins_with_what_has_no_wildcards(string path, string start, int rest)
    {
        ItemPattern pattern = new(path, ignoresCase: true);
        Assert.Equal((start, rest), (pattern.Start, pattern.Rest.Count));
    }
}
