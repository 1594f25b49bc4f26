using AzImageTools.Services.Galleries;

namespace AzImageTools.Services.Tests.Galleries;

public sealed class GalleryVersionNumberTests
{
    [Theory]
    [InlineData("1.2.3", "1.2.3")]
    [InlineData("0.0.2147483647", "0.0.2147483647")]
    [InlineData("1.2", null)]
    [InlineData("1.2.3.4", null)]
    [InlineData("1.2.x", null)]
    [InlineData("1.2.-3", null)]
    [InlineData("1.2.2147483648", null)]
    [InlineData("latest", null)]
    [InlineData(null, null)]
    public void A_version_is_three_32_bit_numbers(string? text, string? expected)
        => Assert.Equal(expected, GalleryVersionNumber.TryParse(text)?.ToString());

    [Theory]
    [InlineData(new string[0], "1.0.0")]
    [InlineData(new[] { "1.0.0" }, "1.0.1")]
    [InlineData(new[] { "1.0.9", "1.0.10" }, "1.0.11")]
    [InlineData(new[] { "2.0.0", "1.9.9" }, "2.0.1")]
    [InlineData(new[] { "1.0.2147483647" }, "1.1.0")]
    [InlineData(new[] { "1.2147483647.2147483647" }, "2.0.0")]
    [InlineData(new[] { "odd" }, "1.0.0")]
    public void The_next_version_follows_the_highest(string[] existing, string expected)
        => Assert.Equal(expected, GalleryVersionNumber.After(existing).ToString());
}
