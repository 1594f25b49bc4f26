using AzImageTools.Disks.Images;
using AzImageTools.Disks.Volumes;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Volumes.Ntfs;

public sealed class FileTableTests
{
    [Theory]
    [InlineData("volumes/ntfs.img")]
    [InlineData("volumes/wof.img")]
    [InlineData("disks/ready.raw")]
    public void The_table_names_what_the_folders_name(string image)
    {
        using TempFolder folder = new();
        using OpenedImage opened = OpenedImage.Open(TestFile.Unpack(image, folder));
        IFileSystem files = opened.Volumes.Single(volume => volume.Kind == FileSystemKind.Ntfs).FileSystem!;

        TableName[] table = [.. Assert.IsAssignableFrom<IFileTable>(files).EnumerateTable()];

        Dictionary<ulong, TableName> folders = table.Where(name => name.IsDirectory).ToDictionary(name => name.File);
        Assert.Equal(Walk(files, string.Empty).Order(StringComparer.Ordinal), table.Where(name => IsUnderRoot(name, folders)).Select(name => Describe(name, folders)).Order(StringComparer.Ordinal));
        Assert.NotEmpty(table);
    }

    private static IEnumerable<string> Walk(IFileSystem files, string folder)
        => files.Enumerate(folder).SelectMany(entry => (entry is { IsDirectory: true, IsLink: false } ? Walk(files, entry.Path) : []).Prepend($"{entry.Path} {entry.IsDirectory} {entry.IsEncrypted}"));

    private static bool IsUnderRoot(TableName name, Dictionary<ulong, TableName> folders)
        => name.Folder is not { } folder || (folders.TryGetValue(folder, out TableName above) && IsUnderRoot(above, folders));

    private static string Describe(TableName name, Dictionary<ulong, TableName> folders) => $"{PathOf(name, folders)} {name.IsDirectory} {name.IsEncrypted}";

    private static string PathOf(TableName name, Dictionary<ulong, TableName> folders) => name.Folder is { } folder ? $"{PathOf(folders[folder], folders)}\\{name.Name}" : name.Name;
}
