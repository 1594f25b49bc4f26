using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Images;
using AzImageTools.TestKit;
using CsCheck;

namespace AzImageTools.Disks.Tests.Containers;

public sealed class DamagedContainerTests : IDisposable
{
    private const string Seed = "0000KNZ7Bqf5";
    private const int Iterations = 150;

    private readonly TempFolder _folder = new();

    public static TheoryData<string> Containers => ["ready-dynamic.vhd", "mbr-fixed.vhd", "ready-dynamic.vhdx", "ready-fixed.vhdx"];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Containers))]
    public void A_container_cut_off_anywhere_is_refused_or_says_where_it_ends(string name)
    {
        string path = TestDisks.Unpack(name, _folder);
        long length = new FileInfo(path).Length;

        // From the end down, since a file is only ever cut shorter here.
        foreach (long cut in Gen.Long[0, length - 1].Array[Iterations].Single(_ => true, Seed).Concat([length - 1, length - 511, length - 512, length - 513]).OrderDescending())
        {
            using (FileStream file = File.OpenWrite(path))
            {
                file.SetLength(cut);
            }

            bool isRefused = Survives(path);
            Assert.True(isRefused || name.EndsWith(".vhdx", StringComparison.Ordinal), $"a VHD of {cut} bytes was read whole");
        }
    }

    [Theory]
    [MemberData(nameof(Containers))]
    public void Flipped_bits_in_a_containers_structures_are_survived(string name)
    {
        byte[] original = File.ReadAllBytes(TestDisks.Unpack(name, _folder));
        string path = _folder.File("flipped" + Path.GetExtension(name));
        File.WriteAllBytes(path, original);

        // The first 4 MiB hold all of a VHDX's structures and a dynamic VHD's header; the last 512 bytes a VHD's footer.
        Gen<int> place = Gen.OneOf(Gen.Int[0, 4096], Gen.Int[original.Length - 512, original.Length - 1], Gen.Int[64 * 1024, (64 * 1024) + 100], Gen.Int[192 * 1024, (192 * 1024) + 100], Gen.Int[1 << 20, (4 << 20) - 1]);
        Gen.Select(place, Gen.Int[0, 7]).Array[1, 4].Sample(
            flips =>
            {
                using (FileStream file = File.OpenWrite(path))
                {
                    foreach ((int offset, int bit) in flips)
                    {
                        RandomAccess.Write(file.SafeFileHandle, [(byte)(original[offset] ^ (1 << bit))], offset);
                    }
                }

                Survives(path);
                using (FileStream file = File.OpenWrite(path))
                {
                    foreach ((int offset, int _) in flips)
                    {
                        RandomAccess.Write(file.SafeFileHandle, [original[offset]], offset);
                    }
                }
            },
            seed: Seed,
            iter: Iterations,
            threads: 1);
    }

    [Theory]
    [InlineData("mbr-fixed.vhd")]
    [InlineData("no-os.vhd")]
    public void A_VHD_whose_footer_checksum_is_wrong_is_refused(string name)
    {
        string path = TestDisks.Unpack(name, _folder);
        Overwrite(path, new FileInfo(path).Length - 512 + 30, [0xFF]);

        DiskFormatException refusal = Assert.Throws<DiskFormatException>(() => DiskOpener.Open(path));
        Assert.Contains("checksum is wrong", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(path, refusal.File);
        Assert.Equal(new FileInfo(path).Length - 512, refusal.Offset);
    }

    [Fact]
    public void A_dynamic_VHD_without_the_footer_at_its_end_is_refused_as_cut_off()
    {
        string path = TestDisks.Unpack("no-os.vhd", _folder);
        using (FileStream file = File.OpenWrite(path))
        {
            file.SetLength(file.Length - 512);
        }

        Assert.Contains("cut off", Assert.Throws<DiskFormatException>(() => DiskOpener.Open(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_fixed_VHD_shorter_than_its_footer_says_is_refused()
    {
        string path = TestDisks.Unpack("mbr-fixed.vhd", _folder);
        byte[] bytes = File.ReadAllBytes(path);
        File.WriteAllBytes(path, [.. bytes[..(10 << 20)], .. bytes[^512..]]);

        Assert.Contains("cut off", Assert.Throws<DiskFormatException>(() => DiskOpener.Open(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_fixed_VHD_longer_than_its_footer_says_is_read_with_a_problem()
    {
        string path = TestDisks.Unpack("mbr-fixed.vhd", _folder);
        byte[] bytes = File.ReadAllBytes(path);
        File.WriteAllBytes(path, [.. bytes[..^512], .. new byte[4096], .. bytes[^512..]]);

        using VirtualDisk disk = DiskOpener.Open(path);
        Assert.Equal(26217984, disk.Capacity);
        Assert.Contains("4096 bytes", Assert.Single(disk.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void A_VHD_block_beyond_the_file_is_refused_when_it_is_read()
    {
        string path = TestDisks.Unpack("no-os.vhd", _folder);
        Overwrite(path, 1536, [0x00, 0xFF, 0xFF, 0xFF]);

        using VirtualDisk disk = DiskOpener.Open(path);
        DiskFormatException refusal = Assert.Throws<DiskFormatException>(() => DiskContent.Read(disk, 0, 512));
        Assert.Equal(1536, refusal.Offset);
        Assert.Throws<DiskFormatException>(() => disk.AllocatedBytes);
    }

    [Theory]
    [InlineData(64 * 1024, "header")]
    [InlineData(128 * 1024, "header")]
    [InlineData(192 * 1024, "region table")]
    [InlineData(256 * 1024, "region table")]
    public void A_VHDX_with_one_damaged_copy_is_read_from_the_other_with_a_problem(int offset, string structure)
    {
        string path = TestDisks.Unpack("mbr-dynamic.vhdx", _folder);
        Overwrite(path, offset + 9, [0xA5]);

        using VirtualDisk disk = DiskOpener.Open(path);
        Assert.Equal("ec9562ed81b94955ed06cb15ad7580f9d2094c3089ebc769d2ff9b7130460bb5", DiskContent.Sha256(disk));
        Assert.Contains(structure, Assert.Single(disk.Problems), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(64 * 1024, 128 * 1024, "headers")]
    [InlineData(192 * 1024, 256 * 1024, "region tables")]
    public void A_VHDX_with_both_copies_damaged_is_refused(int first, int second, string structure)
    {
        string path = TestDisks.Unpack("mbr-dynamic.vhdx", _folder);
        Overwrite(path, first + 9, [0xA5]);
        Overwrite(path, second + 9, [0xA5]);

        Assert.Contains(structure, Assert.Throws<DiskFormatException>(() => DiskOpener.Open(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_shrinks_while_it_is_read_is_refused()
    {
        ExternalTool.SkipUnlessInstalled("truncate");
        string path = _folder.File("disk.raw");
        File.WriteAllBytes(path, new byte[1 << 20]);
        using VirtualDisk disk = DiskOpener.Open(path);
        await ExternalTool.RunAsync("truncate", "-s", "4096", path);

        Assert.Contains("shorter while it was read", Assert.Throws<DiskFormatException>(() => DiskContent.Read(disk, 8192, 512)).Message, StringComparison.Ordinal);
    }

    /// <summary>Opens a disk and reads it at all blocks' borders; returns whether it was refused. Any other exception fails the test.</summary>
    private static bool Survives(string path)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            using VirtualDisk disk = DiskOpener.Open(path);
            byte[] buffer = new byte[1024];
            foreach (DiskExtent extent in disk.GetExtents(0, disk.Capacity))
            {
                // The last sector of one block and the first of the next, all along; that is where files end.
                for (long offset = extent.Offset; offset < extent.End; offset += 1 << 20)
                {
                    long start = Math.Max(extent.Offset, offset - 512);
                    disk.Read(start, buffer.AsSpan(0, (int)Math.Min(buffer.Length, extent.End - start)));
                }

                disk.Read(extent.End - 512, buffer.AsSpan(0, 512));
            }

            return false;
        }
        catch (DiskFormatException)
        {
            return true;
        }
        finally
        {
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 32 << 20);
        }
    }

    private static void Overwrite(string path, long offset, byte[] bytes)
    {
        using FileStream file = File.OpenWrite(path);
        RandomAccess.Write(file.SafeFileHandle, bytes, offset);
    }
}
