using AzImageTools.Disks.Volumes.Ntfs;

namespace AzImageTools.Disks.Tests.Volumes.Ntfs;

public class LinkTargetTests
{
    [Fact]
    public void A_reparse_point_cut_anywhere_is_no_link_or_still_within_its_bytes()
    {
        byte[][] points = [ReparsePoint.Junction(@"\??\C:\a\b"), ReparsePoint.SymbolicLink("..\\a", isRelative: true), ReparsePoint.LinuxLink("a/b")];
        foreach (byte[] point in points)
        {
            Assert.NotNull(LinkTarget.TryParse(point));
            for (int length = 0; length < point.Length - 2; length++)
            {
                Assert.InRange(LinkTarget.TryParse(point.AsSpan(0, length))?.Names.Count ?? 0, 0, 2);
            }

            Assert.Null(LinkTarget.TryParse(point.AsSpan(0, 12)));
        }
    }

    [Fact]
    public void Names_that_lie_beyond_the_reparse_point_are_refused()
    {
        byte[] point = ReparsePoint.Junction(@"\??\C:\a");
        point[9] = 0x10;
        Assert.Null(LinkTarget.TryParse(point));
    }

    [Theory]
    [InlineData(@"\??\C:\a\b", true)]
    [InlineData(@"C:\a\b", true)]
    [InlineData(@"\??\C:", true)]
    [InlineData(@"\??\C:a", false)]
    [InlineData(@"\Device\HarddiskVolume1\a", false)]
    [InlineData(@"\\server\share", false)]
    [InlineData("", false)]
    public void Only_a_path_with_a_drive_leads_on_from_a_junction(string target, bool leads)
        => Assert.Equal(leads, LinkTarget.TryParse(ReparsePoint.Junction(target)) is { IsAbsolute: true });

    [Fact]
    public void Other_reparse_points_are_no_links() => Assert.Null(LinkTarget.TryParse([0x17, 0, 0, 0x80, 8, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0]));
}
