using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Images;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Containers;

/// <summary>Differencing VHDXs by a builder that follows the specification: no qemu-img opens them.</summary>
public sealed class DifferencingVhdxTests : IDisposable
{
    private const int BlockSize = 1 << 20;
    private const long Capacity = (7L * BlockSize) + (3 * 4096);

    private static readonly Guid BaseId = new("3A1F9B52-0C51-4C7B-8E0A-5F6E1B7F2C01");
    private static readonly Guid MiddleId = new("3A1F9B52-0C51-4C7B-8E0A-5F6E1B7F2C02");

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(512, "db5ed868737c42004af1dcd76fdc3368b952d7259acb3710677d75cdec1f1c07")]
    [InlineData(4096, "78bd698ac0c6f06167e3675c7eecc8c839a2c15948902d9cf39df8d83d770a03")]
    public void A_chain_reads_each_sector_from_the_newest_disk_that_has_it(int sectorSize, string hash)
    {
        byte[] expected = SaveChain(sectorSize);
        using VirtualDisk disk = DiskOpener.Open(_folder.File("top.avhdx"));

        Assert.Equal((DiskFormat.Vhdx, DiskSubFormat.Differencing, Capacity, sectorSize), (disk.Format, disk.SubFormat, disk.Capacity, disk.LogicalSectorSize));
        Assert.Equal(_folder.File("base.vhdx"), disk.Parent?.Parent?.Path);
        Assert.Equal(expected, DiskContent.Read(disk, 0, (int)Capacity));
        Assert.Equal(hash, DiskContent.Sha256(disk));
        Assert.Empty(disk.Problems);
        DiskContent.AssertExtentsHoldAllData(disk, 0, Capacity);
        DiskContent.AssertExtentsHoldAllData(disk, 12_345, Capacity - 54_321);
    }

    [Fact]
    public void A_block_that_a_child_zeroed_or_unmapped_is_zero_whatever_its_parent_has()
    {
        SaveChain(512);
        using VirtualDisk disk = DiskOpener.Open(_folder.File("middle.avhdx"));

        Assert.Empty(disk.GetExtents(4 * BlockSize, 2 * BlockSize));
        Assert.False(DiskContent.Read(disk, 4 * BlockSize, 2 * BlockSize).AsSpan().ContainsAnyExcept((byte)0));
    }

    [Fact]
    public void A_partial_block_in_a_later_chunk_finds_its_bits()
    {
        // 4096 blocks of 1 MiB share a sector bitmap block.
        const long Far = 4096 + 7;
        const long Large = 5L << 30;
        new VhdxBuilder(Large) { Identifier = BaseId }.Block(Far, Bytes(1)).Save(_folder.File("base.vhdx"));
        new VhdxBuilder(Large) { Identifier = MiddleId, Locator = VhdxBuilder.LocatorOf(@".\base.vhdx", BaseId) }
            .PartialBlock(3, Bytes(2), sector => sector == 4)
            .PartialBlock(Far, Bytes(3), sector => sector >= 1024)
            .Save(_folder.File("child.avhdx"));

        using VirtualDisk disk = DiskOpener.Open(_folder.File("child.avhdx"));
        Assert.Equal([.. Bytes(1)[..(BlockSize / 2)], .. Bytes(3)[(BlockSize / 2)..]], DiskContent.Read(disk, Far * BlockSize, BlockSize));
        Assert.Equal([new DiskExtent((3 * BlockSize) + (4 * 512), 512), new DiskExtent(Far * BlockSize, BlockSize)], disk.GetExtents(0, Large));
        Assert.Equal(512 + BlockSize, disk.AllocatedBytes);
    }

    [Theory]
    [InlineData("parent_linkage")]
    [InlineData("parent_linkage2")]
    public void Either_linkage_may_name_the_parent(string key)
    {
        new VhdxBuilder(Capacity) { Identifier = BaseId }.Save(_folder.File("base.vhdx"));
        (string, string)[] locator = [("parent_linkage", Guid.NewGuid().ToString("B")), ("relative_path", "base.vhdx"), (key, BaseId.ToString("B"))];
        string child = new VhdxBuilder(Capacity) { Identifier = MiddleId, Locator = locator }.Save(_folder.File("child.avhdx"));

        using VirtualDisk disk = DiskOpener.Open(child);
        Assert.NotNull(disk.Parent);
        Assert.Equal(child, TestDisks.Inspect(_folder.File("base.vhdx")).NewerCheckpoint);
    }

    [Fact]
    public void A_parent_that_was_written_since_is_refused()
    {
        new VhdxBuilder(Capacity) { Identifier = Guid.NewGuid() }.Save(_folder.File("base.vhdx"));
        string child = Child("base.vhdx").Save(_folder.File("child.avhdx"));

        Assert.Contains("was changed since", Assert.Throws<DiskFormatException>(() => DiskOpener.Open(child)).Message, StringComparison.Ordinal);
        Assert.Null(TestDisks.Inspect(_folder.File("base.vhdx")).NewerCheckpoint);
    }

    [Theory]
    [InlineData(Capacity + 4096, 512)]
    [InlineData(Capacity, 4096)]
    public void A_parent_of_another_capacity_or_sector_size_is_refused(long capacity, int sectorSize)
    {
        new VhdxBuilder(capacity, sectorSize: sectorSize) { Identifier = BaseId }.Save(_folder.File("base.vhdx"));
        string child = Child("base.vhdx").Save(_folder.File("child.avhdx"));

        Assert.Contains($"has {capacity} in sectors of {sectorSize}", Assert.Throws<DiskFormatException>(() => DiskOpener.Open(child)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("relative_path", @"..\outside.vhdx")]
    [InlineData("relative_path", @"..\..\..\..\..\outside.vhdx")]
    [InlineData("relative_path", "../outside.vhdx")]
    [InlineData("volume_path", @"\\?\Volume{26A21BDA-A627-11D7-9931-806E6F6E6963}\outside.vhdx")]
    [InlineData("absolute_win32_path", @"\\?\C:\outside.vhdx")]
    [InlineData("absolute_win32_path", @"\\server\share\outside.vhdx")]
    [InlineData("absolute_win32_path", "ABSOLUTE")]
    public void A_parent_outside_the_childs_folder_is_never_opened(string key, string stored)
    {
        // The decoy is the very parent: were the path followed anywhere, the chain would open.
        string decoy = new VhdxBuilder(Capacity) { Identifier = BaseId }.Save(_folder.File("outside.vhdx"));
        Directory.CreateDirectory(_folder.File("vm"));
        (string, string)[] locator = [("parent_linkage", BaseId.ToString("B")), (key, stored == "ABSOLUTE" ? decoy : stored)];
        string child = new VhdxBuilder(Capacity) { Identifier = MiddleId, Locator = locator }.Save(_folder.File(Path.Combine("vm", "child.avhdx")));

        Assert.Contains("'outside.vhdx' is in none of the folders", Assert.Throws<DiskFormatException>(() => DiskOpener.Open(child)).Message, StringComparison.Ordinal);
        using VirtualDisk disk = DiskOpener.Open(child, new VirtualDiskOptions { ParentPath = decoy });
        Assert.Equal(decoy, disk.Parent?.Path);
    }

    [Fact]
    public void A_parent_that_is_no_VHDX_is_refused_without_its_content_being_taken()
    {
        File.WriteAllText(_folder.File("secret.raw"), new string('s', 4096));
        string child = Child("secret.raw").Save(_folder.File("child.avhdx"));

        Assert.Equal(_folder.File("secret.raw"), Assert.Throws<DiskFormatException>(() => DiskOpener.Open(child)).File);
    }

    [Fact]
    public void A_disk_that_goes_back_to_itself_is_refused()
    {
        string self = new VhdxBuilder(Capacity) { Identifier = BaseId, Locator = VhdxBuilder.LocatorOf("self.vhdx", BaseId) }.Save(_folder.File("self.vhdx"));

        Assert.Contains("no end", Assert.Throws<DiskFormatException>(() => DiskOpener.Open(self)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_partial_block_without_a_bitmap_is_refused()
    {
        new VhdxBuilder(Capacity) { Identifier = BaseId }.Save(_folder.File("base.vhdx"));
        VhdxBuilder builder = Child("base.vhdx").Block(1, Bytes(1));
        string child = builder.Save(_folder.File("child.avhdx"));
        using (FileStream file = File.OpenWrite(child))
        {
            RandomAccess.Write(file.SafeFileHandle, [7], builder.EntryOffset(1));
        }

        using VirtualDisk disk = DiskOpener.Open(child);
        Assert.Contains("sector bitmap", Assert.Throws<DiskFormatException>(() => DiskContent.Read(disk, BlockSize, 512)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_partial_block_in_a_disk_without_a_parent_is_refused()
    {
        string path = new VhdxBuilder(Capacity).PartialBlock(0, Bytes(1), _ => true).Save(_folder.File("disk.vhdx"));

        using VirtualDisk disk = DiskOpener.Open(path);
        Assert.Contains("state 7", Assert.Throws<DiskFormatException>(() => DiskContent.Read(disk, 0, 512)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_dynamic_disk_of_the_builder_reads_as_qemu_reads_it()
    {
        ExternalTool.SkipUnlessInstalled("qemu-img");
        string path = new VhdxBuilder(Capacity).Block(0, Bytes(1)).Block(7, Bytes(2)).Save(_folder.File("base.vhdx"));
        using VirtualDisk disk = DiskOpener.Open(path);
        string ours = DiskContent.Save(disk, _folder.File("ours.raw"));

        string output = await ExternalTool.RunAsync("qemu-img", "compare", "--image-opts", $"driver=vhdx,file.filename={path}", $"driver=raw,file.filename={ours}");
        Assert.Contains("Images are identical.", output, StringComparison.Ordinal);
    }

    private static byte[] Bytes(int seed)
    {
        byte[] bytes = new byte[BlockSize];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private static VhdxBuilder Child(string parent) => new(Capacity) { Identifier = MiddleId, Locator = VhdxBuilder.LocatorOf(parent, BaseId) };

    /// <summary>A base, a disk with blocks in all states over it, and one more over that; returns what the top must read as.</summary>
    private byte[] SaveChain(int sectorSize)
    {
        const int Zero = 2;
        const int Unmapped = 3;
        VhdxBuilder bottom = new(Capacity, BlockSize, sectorSize) { Identifier = BaseId };
        foreach (int block in Enumerable.Range(0, 8).Where(block => block != 6))
        {
            bottom.Block(block, Bytes(block));
        }

        bottom.Save(_folder.File("base.vhdx"));
        new VhdxBuilder(Capacity, BlockSize, sectorSize) { Identifier = MiddleId, Locator = VhdxBuilder.LocatorOf(@".\base.vhdx", BaseId) }
            .Block(1, Bytes(11))
            .PartialBlock(2, Bytes(12), sector => sector % 3 == 0)
            .PartialBlock(3, Bytes(13), sector => sector is >= 17 and < 200)
            .State(4, Zero)
            .State(5, Unmapped)
            .Save(_folder.File("middle.avhdx"));
        new VhdxBuilder(Capacity, BlockSize, sectorSize) { Identifier = Guid.NewGuid(), Locator = VhdxBuilder.LocatorOf(@".\middle.avhdx", MiddleId) }
            .PartialBlock(2, Bytes(22), sector => sector % 5 == 0)
            .PartialBlock(5, Bytes(25), sector => sector == 8)
            .PartialBlock(7, Bytes(27), sector => sector == 1)
            .Save(_folder.File("top.avhdx"));

        byte[] expected = new byte[Capacity];
        Put(0, 0, _ => true);
        Put(1, 11, _ => true);
        Put(2, 2, _ => true);
        Put(2, 12, sector => sector % 3 == 0);
        Put(2, 22, sector => sector % 5 == 0);
        Put(3, 3, _ => true);
        Put(3, 13, sector => sector is >= 17 and < 200);
        Put(5, 25, sector => sector == 8);
        Put(7, 7, _ => true);
        Put(7, 27, sector => sector == 1);
        return expected;

        void Put(int block, int seed, Func<int, bool> isThere)
        {
            byte[] data = Bytes(seed);
            for (int offset = 0; offset < BlockSize && (block * BlockSize) + offset < Capacity; offset++)
            {
                if (isThere(offset / sectorSize))
                {
                    expected[(block * BlockSize) + offset] = data[offset];
                }
            }
        }
    }
}
