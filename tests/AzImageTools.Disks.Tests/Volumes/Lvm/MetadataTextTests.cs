using System.Text;
using AzImageTools.Disks.Volumes.Lvm;

namespace AzImageTools.Disks.Tests.Volumes.Lvm;

public class MetadataTextTests
{
    [Fact]
    public void Sections_numbers_texts_and_lists_are_read()
    {
        MetadataSection root = Parse("""
            # a comment { "
            group { id="a\"b\\c" # and another
              n = -5 one = 'single \' empty = [] many = ["x", 2,"y",]
              inner{deep{k=1}} }
            version=1
            """);
        MetadataSection group = Assert.Single(root.Sections);
        Assert.Equal("group", group.Name);
        Assert.Equal("a\"b\\c", group.GetText("id"));
        Assert.Equal("single \\", group.GetText("one"));
        Assert.Empty(group.GetList("empty"));
        Assert.Equal(["x", 2L, "y"], group.GetList("many"));
        Assert.Equal(["single \\"], group.GetList("one"));
        Assert.Equal(1, group.GetSection("inner").GetSection("deep").GetNumber("k"));
        Assert.Equal(1, root.GetNumber("version"));
        Assert.Throws<DiskFormatException>(() => group.GetNumber("n"));
        Assert.Throws<DiskFormatException>(() => group.GetNumber("id"));
        Assert.Throws<DiskFormatException>(() => group.GetText("absent"));
        Assert.Throws<DiskFormatException>(() => group.GetList("inner"));
        Assert.Null(group.FindSection("absent"));
        Assert.True(group.Lists("many", "y"));
    }

    [Theory]
    [InlineData("a {")]
    [InlineData("a }")]
    [InlineData("}")]
    [InlineData("a")]
    [InlineData("a =")]
    [InlineData("= 1")]
    [InlineData("a = [1")]
    [InlineData("a = [1 2]")]
    [InlineData("a = [[1]]")]
    [InlineData("a = \"b")]
    [InlineData("a = \"b\\")]
    [InlineData("a = 1 a = 2")]
    public void What_does_not_follow_the_grammar_is_refused(string text) => Assert.Throws<DiskFormatException>(() => Parse(text));

    [Fact]
    public void Depth_and_number_of_values_are_bounded()
    {
        Assert.Throws<DiskFormatException>(() => Parse(string.Concat(Enumerable.Repeat("a{", 100_000))));
        Assert.Throws<DiskFormatException>(() => Parse("a=[" + string.Concat(Enumerable.Repeat("1,", 300_000)) + "1]"));
        Assert.Throws<DiskFormatException>(() => Parse("a=[" + string.Concat(Enumerable.Repeat("\"\",", 300_000)) + "1]"));
    }

    private static MetadataSection Parse(string text) => MetadataText.Parse(Encoding.UTF8.GetBytes(text + "\0and nothing behind it {"), "test");
}
