using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Images;
using AzImageTools.Disks.Inspection;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Containers;

/// <summary>Differencing VHDs by a builder that follows the specification: no qemu-img opens them.</summary>
public sealed class DifferencingVhdTests : IDisposable
{
    private const int BlockSize = 1 << 20;
    private const long Capacity = (6L * BlockSize) + (5 * 512);
    private const string ContentHash = "1b984a1a4a443a7d06a2f4c96cce25bf1d84cc63780ee7f8a92f78f754c05e1a";

    private static readonly Guid BaseId = new("6C9F2B1E-4E4F-4A0B-9D53-0A6C1C6F4D01");
    private static readonly Guid MiddleId = new("6C9F2B1E-4E4F-4A0B-9D53-0A6C1C6F4D02");

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_chain_reads_each_sector_from_the_newest_disk_that_has_it()
    {
        byte[] expected = SaveChain();
        using VirtualDisk disk = DiskOpener.Open(_folder.File("top.avhd"));

        Assert.Equal((DiskFormat.Vhd, DiskSubFormat.Differencing, Capacity), (disk.Format, disk.SubFormat, disk.Capacity));
        Assert.Equal(_folder.File("middle.avhd"), disk.Parent?.Path);
        Assert.Equal(_folder.File("base.vhd"), disk.Parent?.Parent?.Path);
        Assert.Equal(expected, DiskContent.Read(disk, 0, (int)Capacity));
        Assert.Equal(ContentHash, DiskContent.Sha256(disk));
        Assert.Empty(disk.Problems);
    }

    [Fact]
    public void The_extents_of_a_chain_hold_all_data_and_no_block_that_none_of_its_disks_has()
    {
        SaveChain();
        using VirtualDisk disk = DiskOpener.Open(_folder.File("top.avhd"));

        DiskContent.AssertExtentsHoldAllData(disk, 0, Capacity);
        DiskContent.AssertExtentsHoldAllData(disk, 12_345, Capacity - 54_321);
        Assert.DoesNotContain(disk.GetExtents(0, Capacity), extent => extent.Offset < 6 * BlockSize && extent.End > 5 * BlockSize);
        Assert.Empty(disk.GetExtents(5 * BlockSize, BlockSize));

        // Only the sectors that the top has, of a block that no other disk has.
        Assert.Equal([new DiskExtent(4 * BlockSize, 512), new DiskExtent((4 * BlockSize) + (9 * 512), 512)], disk.GetExtents(4 * BlockSize, 16 * 512));
    }

    [Fact]
    public void A_chain_is_told_of()
    {
        SaveChain();
        Assert.Equal(_folder.File("middle.avhd"), TestDisks.Inspect(_folder.File("top.avhd")).Parent);
        DiskInfo middle = TestDisks.Inspect(_folder.File("middle.avhd"));
        Assert.Equal((_folder.File("base.vhd"), _folder.File("top.avhd")), (middle.Parent, middle.NewerCheckpoint));
        DiskInfo info = TestDisks.Inspect(_folder.File("base.vhd"));
        Assert.Equal((null, _folder.File("middle.avhd")), (info.Parent, info.NewerCheckpoint));
    }

    [Fact]
    public void A_checkpoint_of_another_disk_of_the_same_name_is_not_this_disks()
    {
        Base().Save(_folder.File("base.vhd"));
        Child("base.vhd", Guid.NewGuid()).Save(_folder.File("other.avhd"));

        Assert.Null(TestDisks.Inspect(_folder.File("base.vhd")).NewerCheckpoint);
    }

    [Fact]
    public void A_missing_parent_is_looked_for_where_the_caller_says()
    {
        SaveChain();
        string child = Move("top.avhd", "vm");

        DiskFormatException refusal = Assert.Throws<DiskFormatException>(() => DiskOpener.Open(child));
        Assert.Contains("'middle.avhd'", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("-ParentPath", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(child, refusal.File);
        foreach (string parentPath in new[] { _folder.FullName, _folder.File("middle.avhd") })
        {
            using VirtualDisk disk = DiskOpener.Open(child, new VirtualDiskOptions { ParentPath = parentPath });
            Assert.Equal(ContentHash, DiskContent.Sha256(disk));
        }
    }

    [Theory]
    [InlineData(@"\\server\share\outside.vhd")]
    [InlineData(@"\\?\UNC\server\share\outside.vhd")]
    [InlineData(@"C:\disks\outside.vhd")]
    [InlineData(@"..\outside.vhd")]
    [InlineData(@"..\..\vm\..\outside.vhd")]
    [InlineData("../outside.vhd")]
    [InlineData("ABSOLUTE")]
    public void A_parent_outside_the_childs_folder_is_never_opened(string stored)
    {
        // The decoy is the very parent: were the path followed anywhere, the chain would open.
        string decoy = Base().Save(_folder.File("outside.vhd"));
        Directory.CreateDirectory(_folder.File("vm"));
        stored = stored == "ABSOLUTE" ? decoy : stored;
        string byName = Child(stored, BaseId).Save(_folder.File(Path.Combine("vm", "by-name.avhd")));
        VhdBuilder located = Child(string.Empty, BaseId);
        located.Locators["W2ru"] = stored;
        located.Locators["W2ku"] = stored;
        string byLocator = located.Save(_folder.File(Path.Combine("vm", "by-locator.avhd")));

        foreach (string child in new[] { byName, byLocator })
        {
            string message = Assert.Throws<DiskFormatException>(() => DiskOpener.Open(child)).Message;
            Assert.Contains("'outside.vhd' is in none of the folders", message, StringComparison.Ordinal);
            using VirtualDisk disk = DiskOpener.Open(child, new VirtualDiskOptions { ParentPath = _folder.FullName });
            Assert.Equal(decoy, disk.Parent?.Path);
        }
    }

    [Fact]
    public void A_parent_with_another_identifier_is_refused()
    {
        new VhdBuilder(Capacity) { UniqueId = Guid.NewGuid() }.Save(_folder.File("base.vhd"));
        string child = Child("base.vhd", BaseId).Save(_folder.File("child.avhd"));

        Assert.Contains("is not this disk's parent", Assert.Throws<DiskFormatException>(() => DiskOpener.Open(child)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_parent_with_another_capacity_is_refused()
    {
        new VhdBuilder(Capacity - 512) { UniqueId = BaseId }.Save(_folder.File("base.vhd"));
        string child = Child("base.vhd", BaseId).Save(_folder.File("child.avhd"));

        Assert.Contains($"has {Capacity - 512}", Assert.Throws<DiskFormatException>(() => DiskOpener.Open(child)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_parent_changed_since_is_refused_unless_the_caller_vouches_for_it()
    {
        string parent = Base().Save(_folder.File("base.vhd"));
        DateTime time = new(2024, 5, 6, 7, 8, 9, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(parent, time);
        string child = new VhdBuilder(Capacity) { UniqueId = MiddleId, ParentId = BaseId, ParentName = "base.vhd", ParentTime = time }.Save(_folder.File("child.avhd"));
        using (VirtualDisk disk = DiskOpener.Open(child))
        {
            Assert.Empty(disk.Problems);
        }

        File.SetLastWriteTimeUtc(parent, time.AddSeconds(10));
        Assert.Contains("changed since", Assert.Throws<DiskFormatException>(() => DiskOpener.Open(child)).Message, StringComparison.Ordinal);
        using VirtualDisk given = DiskOpener.Open(child, new VirtualDiskOptions { ParentPath = _folder.FullName });
        Assert.Contains("changed since", Assert.Single(given.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void A_disk_that_goes_back_to_itself_is_refused()
    {
        string self = new VhdBuilder(Capacity) { UniqueId = BaseId, ParentId = BaseId, ParentName = "self.vhd" }.Save(_folder.File("self.vhd"));
        Assert.Contains("no end", Assert.Throws<DiskFormatException>(() => DiskOpener.Open(self)).Message, StringComparison.Ordinal);

        string one = new VhdBuilder(Capacity) { UniqueId = BaseId, ParentId = MiddleId, ParentName = "two.vhd" }.Save(_folder.File("one.vhd"));
        new VhdBuilder(Capacity) { UniqueId = MiddleId, ParentId = BaseId, ParentName = "one.vhd" }.Save(_folder.File("two.vhd"));
        Assert.Contains("no end", Assert.Throws<DiskFormatException>(() => DiskOpener.Open(one)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_chain_of_64_disks_is_read_and_a_longer_one_is_refused()
    {
        const int Deepest = 64;
        new VhdBuilder(Capacity) { UniqueId = IdOf(1) }.Block(0, Bytes(1)).Save(_folder.File("1.vhd"));
        for (int i = 2; i <= Deepest + 1; i++)
        {
            new VhdBuilder(Capacity) { UniqueId = IdOf(i), ParentId = IdOf(i - 1), ParentName = $"{i - 1}.vhd" }.Save(_folder.File($"{i}.vhd"));
        }

        using VirtualDisk disk = DiskOpener.Open(_folder.File($"{Deepest}.vhd"));
        Assert.Equal(Bytes(1), DiskContent.Read(disk, 0, BlockSize));
        Assert.Contains("longer than 64 images", Assert.Throws<DiskFormatException>(() => DiskOpener.Open(_folder.File($"{Deepest + 1}.vhd"))).Message, StringComparison.Ordinal);

        static Guid IdOf(int number) => new(number, 0, 0, [1, 2, 3, 4, 5, 6, 7, 8]);
    }

    [Fact]
    public void A_parent_keeps_less_of_its_table_in_memory_than_the_disk_that_is_opened()
    {
        const int Pages = 32;
        const int PageSize = 64 << 10;
        const long SpanOfPage = (long)PageSize / sizeof(uint) * BlockSize;
        Guid parent = new(1, 0, 0, [1, 2, 3, 4, 5, 6, 7, 8]);
        new VhdBuilder(Pages * SpanOfPage) { UniqueId = parent }.Save(_folder.File("parent.vhd"));
        new VhdBuilder(Pages * SpanOfPage) { ParentId = parent, ParentName = "parent.vhd" }.Save(_folder.File("child.vhd"));
        using VirtualDisk disk = DiskOpener.Open(_folder.File("child.vhd"));

        ReadFromEachPage();
        (long all, long ofParent) = (disk.BytesRead, disk.Parent!.BytesRead);
        ReadFromEachPage();
        Assert.Equal(Pages * PageSize, disk.Parent.BytesRead - ofParent);
        Assert.Equal(Pages * PageSize, disk.BytesRead - all);

        void ReadFromEachPage()
        {
            for (int page = 0; page < Pages; page++)
            {
                disk.Read(page * SpanOfPage, new byte[1]);
            }
        }
    }

    [Fact]
    public async Task A_dynamic_disk_of_the_builder_reads_as_qemu_reads_it()
    {
        ExternalTool.SkipUnlessInstalled("qemu-img");
        string path = Base().Save(_folder.File("base.vhd"));
        using VirtualDisk disk = DiskOpener.Open(path);
        string ours = DiskContent.Save(disk, _folder.File("ours.raw"));

        string output = await ExternalTool.RunAsync(
            "qemu-img", "compare", "--image-opts", $"driver=vpc,force_size_calc=current_size,file.filename={path}", $"driver=raw,file.filename={ours}");
        Assert.Contains("Images are identical.", output, StringComparison.Ordinal);
    }

    private static byte[] Bytes(int seed, int count = BlockSize)
    {
        byte[] bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private static VhdBuilder Base() => new VhdBuilder(Capacity) { UniqueId = BaseId }.Block(0, Bytes(1)).Block(1, Bytes(2)).Block(2, Bytes(3)).Block(6, Bytes(4));

    private static VhdBuilder Child(string parent, Guid parentId) => new(Capacity) { UniqueId = MiddleId, ParentId = parentId, ParentName = parent };

    /// <summary>A base, a disk with whole and partial blocks over it, and one more over that; returns what the top must read as.</summary>
    private byte[] SaveChain()
    {
        Base().Save(_folder.File("base.vhd"));
        Child("base.vhd", BaseId)
            .Block(1, Bytes(11))
            .Block(2, Bytes(12), sector => sector % 3 == 0)
            .Block(3, Bytes(13), sector => sector is >= 100 and < 1000)
            .Save(_folder.File("middle.avhd"));
        new VhdBuilder(Capacity) { UniqueId = Guid.NewGuid(), ParentId = MiddleId, ParentName = "middle.avhd" }
            .Block(2, Bytes(22), sector => sector % 5 == 0)
            .Block(4, Bytes(24), sector => sector is 0 or 9)
            .Block(6, Bytes(26), sector => sector is 1 or 4)
            .Save(_folder.File("top.avhd"));

        byte[] expected = new byte[Capacity];
        foreach ((int block, int seed, Func<int, bool> isThere) in new (int, int, Func<int, bool>)[]
        {
            (0, 1, _ => true), (1, 2, _ => true), (2, 3, _ => true), (6, 4, _ => true),
            (1, 11, _ => true), (2, 12, sector => sector % 3 == 0), (3, 13, sector => sector is >= 100 and < 1000),
            (2, 22, sector => sector % 5 == 0), (4, 24, sector => sector is 0 or 9), (6, 26, sector => sector is 1 or 4),
        })
        {
            byte[] data = Bytes(seed);
            for (int sector = 0; sector < BlockSize / 512 && (block * BlockSize) + (sector * 512) < Capacity; sector++)
            {
                if (isThere(sector))
                {
                    data.AsSpan(sector * 512, 512).CopyTo(expected.AsSpan((block * BlockSize) + (sector * 512)));
                }
            }
        }

        return expected;
    }

    private string Move(string name, string folder)
    {
        Directory.CreateDirectory(_folder.File(folder));
        string target = _folder.File(Path.Combine(folder, name));
        File.Move(_folder.File(name), target);
        return target;
    }
}
