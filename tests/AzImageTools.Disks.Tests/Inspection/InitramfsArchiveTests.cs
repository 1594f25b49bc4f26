using AzImageTools.Disks.Inspection.Initramfs;
using AzImageTools.TestKit;
using CsCheck;

namespace AzImageTools.Disks.Tests.Inspection;

/// <summary>Archives made by cpio, packed by the programs that distributions pack theirs with.</summary>
public sealed class InitramfsArchiveTests : IDisposable
{
    private const string Module = "usr/lib/modules/6.1.0/kernel/drivers/hv/hv_vmbus.ko";
    private const string Microcode = "kernel/x86/microcode/GenuineIntel.bin";

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("cat")]
    [InlineData("gzip -9")]
    [InlineData("zstd -q -19")]
    [InlineData("lz4 -q -l -9")]
    public async Task Names_are_read_from_what_real_programs_packed(string pack)
    {
        string archive = await MakeAsync($"{Early}; {Main} | {pack}", pack.Split(' ')[0]);

        string[] names = Names(archive);

        Assert.Contains(Microcode, names);
        Assert.Contains(Module, names);
        Assert.Contains("init", names);
        Assert.DoesNotContain("TRAILER!!!", names);
    }

    [Fact]
    public async Task Archives_one_behind_the_other_are_all_read()
    {
        string archive = await MakeAsync($"{Early}; head -c 3000 /dev/zero; {Main}; {Early} | gzip", "gzip");

        // The tree that the second was made of holds it too.
        Assert.Equal(3, Names(archive).Count(name => name == Microcode));
    }

    [Theory]
    [InlineData("xz --check=crc32")]
    [InlineData("bzip2")]
    public async Task A_compression_that_is_not_read_is_named(string pack)
    {
        string archive = await MakeAsync($"{Early}; {Main} | {pack}", pack.Split(' ')[0]);

        DiskFormatException refusal = Assert.Throws<DiskFormatException>(() => Names(archive));
        Assert.Contains(pack.Split(' ')[0], refusal.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("cat")]
    [InlineData("gzip")]
    [InlineData("zstd -q")]
    [InlineData("lz4 -q -l")]
    public async Task Damage_is_told_as_damage_wherever_it_is(string pack)
    {
        byte[] content = await File.ReadAllBytesAsync(await MakeAsync($"{Early}; {Main} | {pack}", pack.Split(' ')[0]), TestContext.Current.CancellationToken);

        Gen.Select(Gen.Int[0, content.Length - 1], Gen.Byte).Array[1, 8].Select(Gen.Int[1, content.Length]).Sample(
            (damage, length) =>
            {
                byte[] damaged = content[..length];
                foreach ((int offset, byte value) in damage.Where(change => change.Item1 < length))
                {
                    damaged[offset] = value;
                }

                try
                {
                    Assert.All(InitramfsArchive.EnumerateNames(new MemoryStream(damaged), "damaged"), name => Assert.InRange(name.Length, 0, 4096));
                }
                catch (DiskFormatException)
                {
                }
            },
            iter: 500);
    }

    [Fact]
    public void What_is_no_archive_is_refused_and_an_empty_one_is_empty()
    {
        Assert.Throws<DiskFormatException>(() => InitramfsArchive.EnumerateNames(new MemoryStream("MZ, a kernel"u8.ToArray()), "x").Count());
        Assert.Empty(InitramfsArchive.EnumerateNames(new MemoryStream(new byte[4096]), "x"));
    }

    private static string Early => $"echo {Microcode} | cpio -o -H newc --quiet";

    private static string Main => "find . | cpio -o -H newc --quiet";

    private async Task<string> MakeAsync(string commands, string program)
    {
        ExternalTool.SkipUnlessInstalled("cpio", "sh", program);
        string tree = Directory.CreateDirectory(_folder.File("tree")).FullName;
        foreach (string path in new[] { Microcode, Module, "init" })
        {
            string file = Path.Combine(tree, path);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            byte[] content = new byte[300_000];
            new Random(path.Length).NextBytes(content.AsSpan(100_000));
            await File.WriteAllBytesAsync(file, content);
        }

        string archive = _folder.File("initrd.img");
        await ExternalTool.RunAsync("sh", "-ec", $"cd {tree}; ({commands}) > {archive}");
        return archive;
    }

    private static string[] Names(string archive)
    {
        using FileStream content = File.OpenRead(archive);
        return [.. InitramfsArchive.EnumerateNames(content, archive).Select(name => name.StartsWith("./", StringComparison.Ordinal) ? name[2..] : name)];
    }
}
