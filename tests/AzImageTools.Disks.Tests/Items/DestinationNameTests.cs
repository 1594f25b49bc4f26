using AzImageTools.Disks.Items;
using AzImageTools.TestKit;
using CsCheck;

namespace AzImageTools.Disks.Tests.Items;

/// <summary>Whatever a guest calls a file, ours is a file in the folder that it is put in.</summary>
[Trait("Libraries", "net8.0")]
public sealed class DestinationNameTests : IDisposable
{
    private const string Forbidden = "<>:\"/\\|?*";

    private static readonly Gen<string> Names = Gen.OneOf(
        Gen.String,
        OneOf(
            "..", ".", "/", "\\", ":", " ", "CON", "con", "NUL", "COM1", "LPT\u00B9", "CONIN$", "AUX", "$DATA", "C:", "\0", "\u0001", "\r\n", "\u001B[2J",
            "\u007F", "\u0085", "\u202E", "\uD800", "\uDC00", "😀", "я", "a", "B", ".txt", "%2F", "%", "~", "~2", "etc/passwd", "日本語", "*", "?", "|", "\"", "<", ">")
            .Array[0, 6].Select(static parts => string.Concat(parts)),
        Gen.Select(OneOf("n", "я", "😀", ".", " ", "/", "日"), Gen.Int[0, 300]).Select(static (part, count) => string.Concat(Enumerable.Repeat(part, count))));

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void No_name_leads_out_of_its_folder_or_to_anything_but_a_file()
        => Names.Sample(
            name =>
            {
                string made = DestinationName.Make(name);
                string stem = made.Split('.')[0].TrimEnd(' ').ToUpperInvariant();
                bool isDevice = stem is "CON" or "PRN" or "AUX" or "NUL" or "CONIN$" or "CONOUT$" or "CLOCK$"
                    || (stem.Length == 4 && stem[..3] is "COM" or "LPT" && (char.IsAsciiDigit(stem[3]) || stem[3] is '\u00B9' or '\u00B2' or '\u00B3'));
                string root = Path.GetFullPath(_folder.FullName);
                return made.Length is > 0 and <= 255
                    && System.Text.Encoding.UTF8.GetByteCount(made) <= 255
                    && made is not ("." or "..")
                    && !made.Any(static character => char.IsControl(character) || Forbidden.Contains(character, StringComparison.Ordinal))
                    && made[^1] is not ('.' or ' ')
                    && !isDevice
                    && string.Equals(Path.GetDirectoryName(Path.GetFullPath(Path.Combine(root, made))), root, StringComparison.Ordinal)
                    && string.Equals(Path.GetFileName(made), made, StringComparison.Ordinal);
            },
            iter: 20_000);

    [Fact]
    public void Files_of_any_names_lie_side_by_side_in_their_folder()
        => Names.Array[1, 30].Sample(
            names =>
            {
                using TempFolder folder = new();
                using DestinationFolder destination = DestinationFolder.Create(folder.File("destination"));
                for (int i = 0; i < names.Length; i++)
                {
                    File.WriteAllBytes(destination.TakeFile(names[i]).File.Place, []);
                }

                return Directory.EnumerateFiles(destination.FullName).Count() == names.Length
                    && Directory.EnumerateFileSystemEntries(folder.FullName).Single() == destination.FullName;
            },
            iter: 200,
            threads: 1);

    [Theory]
    [InlineData("bootmgr", "bootmgr")]
    [InlineData("Größe 100%.txt", "Größe 100%.txt")]
    [InlineData("..", ".%2E")]
    [InlineData(".", "%2E")]
    [InlineData("", "_")]
    [InlineData("con", "%63on")]
    [InlineData("NUL .tar.gz", "%4EUL .tar.gz")]
    [InlineData("console", "console")]
    [InlineData("COM10", "COM10")]
    [InlineData("file.txt:Zone.Identifier", "file.txt%3AZone.Identifier")]
    [InlineData(@"..\..\Windows\x", @"..%5C..%5CWindows%5Cx")]
    [InlineData("trailing. ", "trailing.%20")]
    public void Names_stay_as_they_are_where_they_can(string name, string expected) => Assert.Equal(expected, DestinationName.Make(name));

    [Fact]
    public void Half_of_a_character_is_written_as_its_number() => Assert.Equal("a%uD800b%uDC00", DestinationName.Make("a\uD800b\uDC00"));

    [Fact]
    public void Names_that_are_cut_stay_different_and_keep_their_extension()
    {
        string start = new('я', 200);
        string[] made = [DestinationName.Make(start + "1.log"), DestinationName.Make(start + "2.log")];

        Assert.NotEqual(made[0], made[1]);
        Assert.All(made, static name => Assert.EndsWith(".log", name, StringComparison.Ordinal));
    }

    [Fact]
    public void Names_that_are_the_same_get_a_number()
    {
        using DestinationFolder destination = DestinationFolder.Create(_folder.FullName);

        Assert.Equal(
            ["Name.txt", "Name~2.txt", "Name~3.txt", "Name~2~2.txt"],
            new[] { "Name.txt", "Name.txt", "Name.txt", "Name~2.txt" }.Select(name => Path.GetFileName(destination.TakeFile(name).File.FullName)));
    }

    private static Gen<string> OneOf(params string[] texts) => Gen.Int[0, texts.Length - 1].Select(index => texts[index]);
}
