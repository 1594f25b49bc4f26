using AzImageTools.Disks.Registry;

namespace AzImageTools.Disks.Tests.Registry;

public class RegistryValueTests
{
    [Theory]
    [InlineData("41004200", "AB")]
    [InlineData("4100420000004300", "AB")]
    [InlineData("410042", "A")]
    [InlineData("", "")]
    public void Text_ends_at_its_first_NUL_and_loses_an_odd_byte(string data, string expected)
    {
        RegistryValue value = Value(RegistryValueType.ExpandString, data);
        Assert.Equal(expected, value.AsString());
        Assert.Equal(expected, value.Value);
    }

    [Theory]
    [InlineData("4100000042000000" + "0000", "A|B")]
    [InlineData("410000000000" + "420000000000", "A||B")]
    [InlineData("41004200", "AB")]
    public void A_list_of_texts_keeps_empty_ones_between_others(string data, string expected)
        => Assert.Equal(expected, string.Join('|', Value(RegistryValueType.MultiString, data).AsMultiString()!));

    [Fact]
    public void An_empty_list_of_texts_has_none()
    {
        Assert.Empty(Value(RegistryValueType.MultiString, "00000000").AsMultiString()!);
        Assert.Empty(Value(RegistryValueType.MultiString, "").AsMultiString()!);
    }

    [Fact]
    public void Numbers_are_read_by_their_type()
    {
        Assert.Equal(0x04030201u, Value(RegistryValueType.DWord, "01020304").Value);
        Assert.Equal(0x04030201u, Value(RegistryValueType.DWord, "010203040506").Value);
        Assert.Equal(0x01020304u, Value(RegistryValueType.DWordBigEndian, "01020304").Value);
        Assert.Equal(0x0807060504030201ul, Value(RegistryValueType.QWord, "0102030405060708").Value);
    }

    [Fact]
    public void Numbers_that_are_too_short_are_bytes()
    {
        RegistryValue value = Value(RegistryValueType.DWord, "0102");
        Assert.Null(value.AsDWord());
        Assert.Equal(new byte[] { 1, 2 }, value.Value);
        Assert.Null(Value(RegistryValueType.QWord, "01020304").AsQWord());
    }

    [Fact]
    public void Other_types_are_bytes()
    {
        Assert.Equal(new byte[] { 1, 2, 3 }, Value(RegistryValueType.Binary, "010203").Value);
        Assert.Equal(new byte[] { 1 }, Value((RegistryValueType)0x120014, "01").Value);
        Assert.Null(Value(RegistryValueType.Binary, "41004200").AsString());
    }

    private static RegistryValue Value(RegistryValueType type, string hex) => new("name", type, Convert.FromHexString(hex));
}
