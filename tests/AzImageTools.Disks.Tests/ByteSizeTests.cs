using System.Globalization;

namespace AzImageTools.Disks.Tests;

public sealed class ByteSizeTests
{
    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(1023, "1023 B")]
    [InlineData(1536, "1.5 KiB")]
    [InlineData(61 * 1024 * 1024, "61 MiB")]
    [InlineData(136365212160, "127 GiB")]
    [InlineData(long.MaxValue, "8 EiB")]
    public void A_byte_count_is_shown_in_the_largest_binary_unit_that_fits(long bytes, string text)
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        try
        {
            Assert.Equal(text, ByteSize.Format(bytes));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }
}
