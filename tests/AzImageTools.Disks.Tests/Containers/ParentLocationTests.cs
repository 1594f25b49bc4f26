using AzImageTools.Disks.Containers;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Containers;

public sealed class ParentLocationTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly string _child;

    public ParentLocationTests()
    {
        Directory.CreateDirectory(_folder.File("vm"));
        _child = Write(Path.Combine("vm", "child.vhdx"));
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("base.vhdx")]
    [InlineData(@".\base.vhdx")]
    [InlineData(@"..\..\elsewhere\base.vhdx")]
    [InlineData("../base.vhdx")]
    [InlineData(@"C:\Hyper-V\base.vhdx")]
    [InlineData(@"\\server\share\base.vhdx")]
    [InlineData(@"\\?\Volume{26A21BDA-A627-11D7-9931-806E6F6E6963}\base.vhdx")]
    [InlineData("BASE.VHDX")]
    public void Only_the_name_is_looked_for_in_the_images_own_folder(string stored)
    {
        string decoy = Write("base.vhdx");
        ParentLocation location = new(_child, parentPath: null);

        Assert.Contains("-ParentPath", Assert.Throws<DiskFormatException>(() => location.Find(stored, "parent disk")).Message, StringComparison.Ordinal);
        string parent = Write(Path.Combine("vm", "base.vhdx"));
        Assert.Equal(parent, location.Find(stored, "parent disk"), ignoreCase: OperatingSystem.IsWindows());
        Assert.Equal(decoy, new ParentLocation(_child, _folder.FullName).Find(stored, "parent disk"), ignoreCase: OperatingSystem.IsWindows());
        Assert.Equal(decoy, new ParentLocation(_child, decoy).Find(stored, "parent disk"));
    }

    [Fact]
    public void An_absolute_path_to_a_file_that_is_there_is_not_followed()
    {
        string outside = Write("outside.vhdx");
        DiskFormatException refusal = Assert.Throws<DiskFormatException>(() => new ParentLocation(_child, parentPath: null).Find(outside, "backing file"));

        Assert.Contains("backing file 'outside.vhdx'", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(_child, refusal.File);
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData(@"x\..")]
    [InlineData("folder/")]
    [InlineData("C:base.vhdx")]
    [InlineData("base.vhdx:stream")]
    [InlineData("json:{}")]
    [InlineData("*.vhdx")]
    [InlineData("NUL")]
    [InlineData("com1.vhdx")]
    [InlineData(@"\\.\PhysicalDrive0\con")]
    [InlineData("base.vhdx ")]
    [InlineData("a\nb")]
    [InlineData("a\0b")]
    public void A_name_that_is_no_plain_file_name_is_refused(string stored)
        => Assert.Contains("no file name", Assert.Throws<DiskFormatException>(() => new ParentLocation(_child, parentPath: null).Find(stored, "parent disk")).Message, StringComparison.Ordinal);

    [Fact]
    public void A_link_is_not_followed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "making a link needs a privilege on Windows");
        string outside = Write("outside.vhdx");
        File.CreateSymbolicLink(_folder.File(Path.Combine("vm", "base.vhdx")), outside);

        Assert.Contains("a link", Assert.Throws<DiskFormatException>(() => new ParentLocation(_child, parentPath: null).Find("base.vhdx", "parent disk")).Message, StringComparison.Ordinal);
        Assert.Equal(outside, new ParentLocation(_child, outside).Find("base.vhdx", "parent disk"));
    }

    [Fact]
    public void A_folder_that_is_not_there_is_told()
        => Assert.Contains("gone", Assert.Throws<DiskFormatException>(() => new ParentLocation(_child, _folder.File("gone")).Find("base.vhdx", "parent disk")).Message, StringComparison.Ordinal);

    private string Write(string name)
    {
        string path = _folder.File(name);
        File.WriteAllText(path, name);
        return path;
    }
}
