using System.Diagnostics;
using AzImageTools.Readiness.Guests;
using CsCheck;

namespace AzImageTools.Readiness.Tests;

public sealed class PortableExecutableTests
{
    public static TheoryData<string> Programs =>
        [.. Directory.EnumerateFiles(AppContext.BaseDirectory, "*.dll").Where(path => FileVersionInfo.GetVersionInfo(path).FileMajorPart > 0 || Path.GetFileName(path).StartsWith("AzImageTools", StringComparison.Ordinal)).Select(path => Path.GetFileName(path))];

    [Theory]
    [MemberData(nameof(Programs))]
    public void The_version_of_a_real_program_is_the_one_that_the_runtime_tells(string name)
    {
        string path = Path.Combine(AppContext.BaseDirectory, name);
        FileVersionInfo expected = FileVersionInfo.GetVersionInfo(path);
        using FileStream file = File.OpenRead(path);

        Assert.Equal(new Version(expected.FileMajorPart, expected.FileMinorPart, expected.FileBuildPart, expected.FilePrivatePart), PortableExecutable.ReadFileVersion(file));
    }

    [Fact]
    public void What_is_no_program_has_no_version()
    {
        Assert.Null(PortableExecutable.ReadFileVersion(new MemoryStream()));
        Assert.Null(PortableExecutable.ReadFileVersion(new MemoryStream("MZ"u8.ToArray())));
        Assert.Null(PortableExecutable.ReadFileVersion(new MemoryStream(new byte[4096])));
    }

    [Fact]
    public void A_program_that_is_damaged_or_cut_off_throws_nothing()
    {
        byte[] original = ProgramFile.WithVersion("6.1.7601.23403");
        Gen.Select(Gen.Int[0, 1024], Gen.Byte).Array[1, 20].Select(Gen.Int[0, original.Length]).Sample(
            (damage, length) =>
            {
                byte[] content = [.. original];
                foreach ((int place, byte value) in damage)
                {
                    content[place] = value;
                }

                PortableExecutable.ReadFileVersion(new MemoryStream(content));
                PortableExecutable.ReadFileVersion(new MemoryStream(content, 0, length));
            },
            iter: 500);
    }
}
