using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Containers.Mapping;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Containers;

/// <summary>What a map says is nowhere, read into memory that held something else.</summary>
public sealed class MappedContentTests : IDisposable
{
    private const int Length = 8192;
    private readonly TempFolder _folder = new();
    private readonly DiskFile _file;

    public MappedContentTests()
    {
        string path = _folder.File("d");
        File.WriteAllBytes(path, new byte[512]);
        _file = DiskFile.Open(path);
    }

    public void Dispose()
    {
        _file.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(512)]
    [InlineData(5000)]
    [InlineData(Length)]
    [InlineData(Length + 512)]
    public void Behind_the_end_of_its_parent_a_disk_is_zero(int parentLength)
    {
        byte[] parent = [.. Enumerable.Repeat((byte)0x55, parentLength)];
        MappedContent content = new(_file, new NowhereMap(RangeKind.Absent), Length, new MemorySource(parent));
        byte[] read = [.. Enumerable.Repeat((byte)0xAA, Length)];

        content.Read(0, read);

        int count = Math.Min(parentLength, Length);
        Assert.Equal(-1, read.AsSpan(0, count).IndexOfAnyExcept((byte)0x55));
        Assert.Equal(-1, read.AsSpan(count).IndexOfAnyExcept((byte)0));
        Assert.Equal(count == 0 ? [] : [new DiskExtent(0, count)], content.GetExtents(0, Length));
    }

    [Fact]
    public void What_is_zero_stays_so_whatever_the_parent_holds()
    {
        byte[] parent = [.. Enumerable.Repeat((byte)0x55, Length)];
        MappedContent content = new(_file, new NowhereMap(RangeKind.Zero), Length, new MemorySource(parent));
        byte[] read = [.. Enumerable.Repeat((byte)0xAA, Length)];

        content.Read(0, read);

        Assert.Equal(-1, read.AsSpan().IndexOfAnyExcept((byte)0));
        Assert.Empty(content.GetExtents(0, Length));
    }

    [Theory]
    [InlineData(512, false)]
    [InlineData(1024, true)]
    public void A_map_that_leads_to_a_byte_of_the_file_twice_is_refused_when_its_extents_are_asked_for(int length, bool isRefused)
    {
        MappedContent content = new(_file, new RepeatingMap(512), length, null);

        DiskExtent[] Extents() => [.. content.GetExtents(0, length)];

        if (isRefused)
        {
            Assert.Contains("overlap", Assert.Throws<DiskFormatException>(Extents).Message, StringComparison.Ordinal);
        }
        else
        {
            Assert.Equal([new DiskExtent(0, length)], Extents());
        }
    }

    /// <summary>Leads from each piece of the disk to the same bytes of the file.</summary>
    private sealed class RepeatingMap(int piece) : IDiskMap
    {
        public MappedRange Find(long offset, long limit) => new(RangeKind.Stored, Math.Min(limit, piece), 0);
    }

    private sealed class NowhereMap(RangeKind kind) : IDiskMap
    {
        public MappedRange Find(long offset, long limit) => new(kind, limit);
    }
}
