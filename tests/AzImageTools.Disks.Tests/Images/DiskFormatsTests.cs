using AzImageTools.Disks.Images;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Images;

/// <summary>The table of formats, and what is said of formats elsewhere.</summary>
public sealed class DiskFormatsTests
{
    public static TheoryData<string> Documents() => ["README.md", "docs/examples/linux-image.ps1"];

    [Fact]
    public void Every_format_has_a_row_in_the_order_of_the_formats()
        => Assert.Equal(Enum.GetValues<DiskFormat>(), DiskFormats.Rows.Select(static row => row.Format));

    [Fact]
    public void An_extension_or_a_name_is_that_of_one_format()
    {
        Assert.Distinct(DiskFormats.Rows.SelectMany(static row => row.Extensions), StringComparer.OrdinalIgnoreCase);
        Assert.Distinct(DiskFormats.Rows.Select(static row => row.QemuName), StringComparer.Ordinal);
        Assert.All(DiskFormats.Rows.SelectMany(static row => row.Extensions), static extension => Assert.Same(DiskFormats.FindByExtension("disk" + extension), DiskFormats.FindByExtension("DISK" + extension.ToUpperInvariant())));
    }

    [Fact]
    public void Every_format_but_raw_is_known_by_its_signature_and_checked()
        => Assert.All(DiskFormats.Rows, static row => Assert.Equal(row.Format != DiskFormat.Raw, row is { Signature: not null, Check: not null }));

    [Theory]
    [MemberData(nameof(Documents))]
    public void The_documentation_lists_the_formats_of_the_table(string document)
        => Assert.Contains($"({string.Join(", ", DiskFormats.Rows.Select(static row => row.Name))})", File.ReadAllText(Path.Combine(RepositoryPaths.Root, document)), StringComparison.Ordinal);

    [Fact]
    public void Every_extension_is_named_where_a_file_has_another()
    {
        using TempFolder folder = new();
        string path = folder.File("disk.iso");
        File.WriteAllBytes(path, new byte[512]);

        string message = Assert.Throws<DiskFormatException>(() => DiskOpener.Open(path)).Message;
        Assert.All(DiskFormats.Rows.SelectMany(static row => row.Extensions), extension => Assert.Contains(extension, message, StringComparison.Ordinal));
    }
}
