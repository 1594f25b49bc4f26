using System.Text.RegularExpressions;
using AzImageTools.Disks.Items;
using AzImageTools.Services.Sources;
using CsCheck;

namespace AzImageTools.Services.Tests.Sources;

public sealed class ImageSourceFilterTests
{
    [Theory]
    [InlineData("20??-datacenter*", "2022-datacenter-g2", true)]
    [InlineData("20??-datacenter", "2022-datacenter-g2", false)]
    [InlineData("*G2", "2022-datacenter-g2", true)]
    [InlineData("CANONICAL", "Canonical", true)]
    [InlineData("a.c", "abc", false)]
    [InlineData("", "anything", true)]
    [InlineData(null, "anything", true)]
    [InlineData("?", "", false)]
    public void A_pattern_matches_names_whatever_the_case(string? pattern, string name, bool expected)
        => Assert.Equal(expected, ImageSourceFilter.PatternOf(pattern).Matches(name));

    [Fact]
    public void A_pattern_matches_what_the_same_regular_expression_matches()
    {
        Gen<string> pattern = Gen.Char["ab*?"].Array[1, 12].Select(chars => new string(chars));
        Gen<string> name = Gen.Char["abAB"].Array[0, 12].Select(chars => new string(chars));
        Gen.Select(pattern, name).Sample((glob, text) =>
        {
            string expression = "^" + Regex.Escape(glob).Replace("\\*", ".*").Replace("\\?", ".") + "$";
            return ImageSourceFilter.PatternOf(glob).Matches(text) == Regex.IsMatch(text, expression, RegexOptions.IgnoreCase | RegexOptions.Singleline);
        }, iter: 5000);
    }

    [Fact]
    public void Many_stars_do_not_blow_up()
    {
        Wildcard pattern = ImageSourceFilter.PatternOf(string.Concat(Enumerable.Repeat("*a", 200)) + "b");
        Assert.False(pattern.Matches(new string('a', 5000)));
    }

    [Theory]
    [InlineData("Canonical", true)]
    [InlineData("Canon*", false)]
    [InlineData("Canonica?", false)]
    [InlineData(null, false)]
    public void A_pattern_without_wildcards_is_exact(string? pattern, bool expected) => Assert.Equal(expected, ImageSourceFilter.PatternOf(pattern).IsLiteral);
}
