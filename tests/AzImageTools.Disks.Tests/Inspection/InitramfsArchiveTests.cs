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
    [InlineData("xz --check=crc32 --lzma2=dict=1MiB")]
    [InlineData("xz -9e --check=sha256 --lzma2=dict=64KiB,lc=1,lp=3,pb=0")]
    [InlineData("xz -0 --check=none --block-size=65536")]
    [InlineData("xz -T2 --lzma2=dict=4KiB --block-size=300000")]
    [InlineData("lzma -9")]
    [InlineData("lzma --lzma1=dict=64KiB")]
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
    [InlineData("bzip2", "bzip2")]
    [InlineData("xz --x86 --lzma2", "more than LZMA2")]
    [InlineData("xz --lzma2=dict=96MiB", "a dictionary of 100663296 bytes")]
    [InlineData("lzma --lzma1=dict=96MiB", "a dictionary of 100663296 bytes")]
    public async Task A_compression_that_is_not_read_is_named(string pack, string told)
    {
        string archive = await MakeAsync($"{Early}; {Main} | {pack}", pack.Split(' ')[0]);

        DiskFormatException refusal = Assert.Throws<DiskFormatException>(() => Names(archive));
        Assert.Contains(told, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("xz -6 --check=crc32")]
    [InlineData("xz -9e --lzma2=dict=4KiB,lc=4,lp=0,pb=2")]
    [InlineData("xz -T2 --block-size=100000")]
    [InlineData("lzma -6")]
    [InlineData("lzma --lzma1=dict=5KiB,lc=3,lp=1,pb=4")]
    public async Task What_xz_and_lzma_packed_is_unpacked_byte_by_byte(string pack)
    {
        ExternalTool.SkipUnlessInstalled("sh", "tar", pack.Split(' ')[0]);
        string plain = _folder.File("plain");
        string packed = _folder.File("packed");
        await ExternalTool.RunAsync("sh", "-ec", $"(cat /bin/sh; head -c 200000 /dev/urandom; tar -c /etc/init.d /usr/share/perl5 2>/dev/null | head -c 3000000; head -c 1000000 /dev/zero) > {plain}; {pack} < {plain} > {packed}");

        await using FileStream source = File.OpenRead(packed);
        await using ForwardStream unpacked = pack.StartsWith("xz", StringComparison.Ordinal) ? new XzStream(source) : new LzmaStream(source);
        using MemoryStream content = new();
        await unpacked.CopyToAsync(content, TestContext.Current.CancellationToken);

        Assert.True((await File.ReadAllBytesAsync(plain, TestContext.Current.CancellationToken)).AsSpan().SequenceEqual(content.ToArray()));
    }

    [Theory]
    [InlineData("cat")]
    [InlineData("gzip")]
    [InlineData("zstd -q")]
    [InlineData("lz4 -q -l")]
    [InlineData("xz --check=crc32")]
    [InlineData("lzma")]
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
