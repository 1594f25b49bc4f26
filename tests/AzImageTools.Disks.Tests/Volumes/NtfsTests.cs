using System.Buffers.Binary;
using System.Text;
using AzImageTools.Disks.Images;
using AzImageTools.Disks.Volumes;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Volumes;

public class NtfsTests
{
    private const int FileRecordSize = 1024;

    [Fact]
    public void The_volume_tells_its_label_size_and_state()
    {
        using TempFolder folder = new();
        byte[] image = ReadImage(folder);
        IFileSystem files = Open(image);
        Assert.Equal(FileSystemKind.Ntfs, files.Kind);
        Assert.Equal("Größe 10", files.Label);
        Assert.InRange(files.Capacity, image.Length - 8192, image.Length);
        Assert.False(files.IsDirty);
    }

    [Fact]
    public void A_volume_that_asks_for_a_check_is_dirty()
    {
        using TempFolder folder = new();
        byte[] image = ReadImage(folder);
        int information = FindAttribute(image, FindRecord(image, "$Volume"), 0x70);
        image[information + 24 + 10] |= 1;
        Assert.True(Open(image).IsDirty);
    }

    [Theory]
    [InlineData(@"Names\ALONGN~1.DOC", @"Names\A long name with a short one.document")]
    [InlineData(@"afolde~1\INSIDE.txt", @"A folder with a short name\inside.txt")]
    public void A_short_name_leads_to_the_file_of_the_long_one(string shortPath, string longPath)
    {
        using TempFolder folder = new();
        IFileSystem files = Open(ReadImage(folder));
        Assert.Equal(longPath, files.GetEntry(shortPath)?.Path);
        Assert.Equal(files.GetEntry(longPath), files.GetEntry(shortPath));
    }

    [Fact]
    public void The_file_systems_own_files_are_not_listed_but_can_be_asked_for()
    {
        using TempFolder folder = new();
        IFileSystem files = Open(ReadImage(folder));
        Assert.DoesNotContain(files.Enumerate("\\"), static entry => entry.Name.StartsWith('$') || entry.Name == ".");
        Assert.Equal(128 * 1024, files.GetEntry("$UpCase")?.Length);
    }

    [Fact]
    public void A_file_in_a_large_folder_is_found_with_few_small_reads()
    {
        using TempFolder folder = new();
        MemoryByteSource source = new(ReadImage(folder));
        IFileSystem files = FileSystem.TryOpen(source)!;
        using Stream content = files.OpenFile(@"Many\file number 123 of a large folder.txt");
        Assert.Equal('m', content.ReadByte());
        Assert.InRange(source.Reads, 1, 24);
        Assert.InRange(source.BytesRead, 1, 96 * 1024);
    }

    [Fact]
    public void Encrypted_files_are_refused_by_name()
    {
        using TempFolder folder = new();
        byte[] image = ReadImage(folder);
        int data = FindAttribute(image, FindRecord(image, "lower.txt"), 0x80);
        image[data + 13] |= 0x40;
        Assert.Contains("EFS", Assert.Throws<DiskFormatException>(() => Open(image).OpenFile(@"Names\lower.txt")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Encrypted_files_are_listed_as_such()
    {
        using TempFolder folder = new();
        byte[] image = ReadImage(folder);
        byte[] name = Encoding.Unicode.GetBytes("lower.txt");
        int marked = 0;
        for (int at = image.AsSpan().IndexOf(name); at >= 0; at = NextAfter(image, name, at))
        {
            // $FILE_NAME: 0x4000 in the flags at byte 56, the name's length at 64, the name at 66.
            if (image[at - 2] == name.Length / sizeof(char))
            {
                image[at - 66 + 57] |= 0x40;
                marked++;
            }
        }

        Assert.InRange(marked, 2, 3);
        image[FindAttribute(image, FindRecord(image, "lower.txt"), 0x10) + 24 + 33] |= 0x40;
        IFileSystem files = Open(image);
        Assert.Equal("lower.txt", Assert.Single(files.Enumerate("Names"), static entry => entry.IsEncrypted).Name);
    }

    [Fact]
    public void A_listing_tells_of_a_file_what_its_record_does_where_the_folder_s_index_is_out_of_date()
    {
        using TempFolder folder = new();
        byte[] image = ReadImage(folder);
        FileSystemEntry before = Open(image).Enumerate("Names").Single(static entry => entry.Name == "lower.txt");
        byte[] name = Encoding.Unicode.GetBytes("lower.txt");
        int changed = 0;
        for (int at = image.AsSpan().IndexOf(name); at >= 0; at = NextAfter(image, name, at))
        {
            // $FILE_NAME: times from byte 8 on, lengths at 40 and 48, the name's length at 64, the name at 66.
            if (image[at - 2] == name.Length / sizeof(char))
            {
                image.AsSpan(at - 66 + 8, 32).Clear();
                image.AsSpan(at - 66 + 40, 16).Fill(0x11);
                changed++;
            }
        }

        Assert.InRange(changed, 2, 3);
        IFileSystem files = Open(image);
        FileSystemEntry listed = files.Enumerate("Names").Single(static entry => entry.Name == "lower.txt");
        Assert.Equal(before, listed);
        Assert.Equal(files.GetEntry(@"Names\lower.txt"), listed);
    }

    [Fact]
    public void Names_alone_are_listed_without_looking_at_the_files()
    {
        using TempFolder folder = new();
        byte[] image = ReadImage(folder);
        string[] listed = [.. Open(image).Enumerate("Many").Select(static entry => entry.Path)];
        MemoryByteSource source = new(image);
        IFileSystem files = FileSystem.TryOpen(source)!;

        FileSystemEntry[] names = [.. ((IFolderNames)files).EnumerateNames("Many")];
        long read = source.BytesRead;
        Assert.Equal(listed, names.Select(static entry => entry.Path));
        Assert.All(names, static entry => Assert.False(entry.IsDirectory));
        Assert.Empty(((IFolderNames)files).EnumerateNames(@"Names\lower.txt"));
        Assert.Empty(((IFolderNames)files).EnumerateNames("absent"));

        // A record of 1 KiB for each.
        _ = files.Enumerate("Many").Count();
        Assert.InRange(source.BytesRead - read, names.Length * 1024, long.MaxValue);
        Assert.InRange(read, 1, names.Length * 1024);
    }

    [Fact]
    public void A_walk_reads_no_record_of_the_master_file_table_twice_and_tells_the_same_again()
    {
        using TempFolder folder = new();
        MemoryByteSource source = new(ReadImage(folder));
        IFileSystem files = FileSystem.TryOpen(source)!;
        FileSystemEntry[] first = [.. Walk(files, files.Enumerate("\\"))];
        int reads = source.Reads;
        FileSystemEntry[] again = [.. Walk(files, files.Enumerate("\\"))];

        Assert.Equal(first.Select(static entry => (entry.Path, entry.Length, entry.LastWriteTime)), again.Select(static entry => (entry.Path, entry.Length, entry.LastWriteTime)));
        Assert.Equal(first.Length, first.Select(static entry => entry.Path).Distinct(StringComparer.Ordinal).Count());

        // Sixteen records and more at once, and a folder's own with them: without that it takes one for each file and folder.
        Assert.InRange(reads, 1, first.Length / 8);

        static IEnumerable<FileSystemEntry> Walk(IFileSystem files, IEnumerable<FileSystemEntry> entries)
            => entries.SelectMany(entry => entry is { IsDirectory: true, IsLink: false } ? Walk(files, files.Enumerate(entry)).Prepend(entry) : [entry]);
    }

    [Fact]
    public void A_listing_goes_on_with_what_the_index_tells_of_a_file_whose_record_is_damaged()
    {
        using TempFolder folder = new();
        byte[] image = ReadImage(folder);
        string[] names = [.. Open(image).Enumerate("Names").Select(static entry => entry.Name)];
        FileSystemEntry before = Open(image).Enumerate("Names").Single(static entry => entry.Name == "lower.txt");
        image[FindRecord(image, "lower.txt") + 511] ^= 0xFF;
        IFileSystem files = Open(image);

        Assert.Equal(names, files.Enumerate("Names").Select(static entry => entry.Name));
        Assert.Equal(before.Length, files.Enumerate("Names").Single(static entry => entry.Name == "lower.txt").Length);
    }

    [Fact]
    public async Task Every_name_of_a_file_shows_the_length_that_it_has_after_it_grew_through_another()
    {
        NtfsMount.SkipUnlessPossible();
        using TempFolder folder = new();
        string image = folder.File("links.img");
        using (NtfsMount volume = await NtfsMount.CreateAsync(image, 16 << 20, 4096))
        {
            Directory.CreateDirectory(Path.Combine(volume.FullName, "other"));
            await File.WriteAllTextAsync(Path.Combine(volume.FullName, "first"), "short", TestContext.Current.CancellationToken);
            await ExternalTool.RunAsync("ln", Path.Combine(volume.FullName, "first"), Path.Combine(volume.FullName, "other", "second"));
            await File.AppendAllTextAsync(Path.Combine(volume.FullName, "other", "second"), new string('x', 100_000), TestContext.Current.CancellationToken);
        }

        IFileSystem files = Open(await File.ReadAllBytesAsync(image, TestContext.Current.CancellationToken));
        Assert.Equal(100_005, files.Enumerate(string.Empty).Single(static entry => entry.Name == "first").Length);
        Assert.Equal(100_005, Assert.Single(files.Enumerate("other")).Length);
    }

    [Fact]
    public void A_junction_leads_to_the_folder_that_it_names()
    {
        using TempFolder folder = new();
        IFileSystem files = Open(ReadImage(folder));
        FileSystemEntry junction = files.Enumerate("Links").Single(static entry => entry.IsLink);
        Assert.Equal(@"Links\junction\level-01", Assert.Single(files.Enumerate(junction), static entry => entry.IsDirectory).Path);
        Assert.Equal(files.GetEntry(@"Deep\level-01\third.txt")!.Length, files.GetEntry(@"links/JUNCTION/LEVEL-01/third.txt")?.Length);
        Assert.Null(files.GetEntry(@"Links\junction\..\Deep"));
    }

    [Fact]
    public void A_listed_entry_leads_to_its_file_and_to_nothing_on_another_volume()
    {
        using TempFolder folder = new();
        byte[] image = ReadImage(folder);
        IFileSystem files = Open(image);
        FileSystemEntry listed = files.Enumerate("Names").Single(static entry => entry.Name == "lower.txt");
        Assert.Equal(listed.Length, files.OpenFile(listed).Length);
        Assert.Equal(listed, Open(image).Enumerate("Names").Single(static entry => entry.Name == "lower.txt"));
        Assert.Equal(listed.Length, Open(image).OpenFile(listed).Length);
        Assert.Throws<FileNotFoundException>(() => FileSystem.TryOpen(new MemoryByteSource(File.ReadAllBytes(TestFile.Unpack("volumes/ext4.img", folder))))!.OpenFile(listed with { Path = "no such file" }));
        Assert.Throws<FileNotFoundException>(() => files.OpenFile(files.GetEntry("Names")!));
        Assert.Empty(files.Enumerate(listed));
    }

    [Fact]
    public void A_record_that_was_written_only_in_part_is_refused()
    {
        using TempFolder folder = new();
        byte[] image = ReadImage(folder);
        image[FindRecord(image, "lower.txt") + 511] ^= 0xFF;
        Assert.Throws<DiskFormatException>(() => Open(image).OpenFile(@"Names\lower.txt"));
    }

    [Fact]
    public void A_reference_to_a_record_that_was_used_anew_since_is_refused()
    {
        using TempFolder folder = new();
        byte[] image = ReadImage(folder);
        image[FindRecord(image, "lower.txt") + 16]++;
        IFileSystem files = Open(image);
        Assert.Throws<DiskFormatException>(() => files.OpenFile(@"Names\lower.txt"));
        Assert.Throws<DiskFormatException>(() => files.OpenFile(files.Enumerate("Names").Single(static entry => entry.Name == "lower.txt")));
        Assert.Throws<DiskFormatException>(() => files.GetEntry(@"Names\lower.txt"));
    }

    [Fact]
    public void What_is_damaged_of_a_file_or_folder_is_told_with_its_record_and_the_byte_where_that_lies()
    {
        using TempFolder folder = new();
        byte[] image = ReadImage(folder);
        int record = FindRecord(image, "lower.txt");
        byte[] stale = [.. image];
        stale[record + 16]++;
        AssertDamaged(stale, static files => files.OpenFile(@"Names\lower.txt"), record, "Record ");

        byte[] unsigned = [.. image];
        unsigned[record] = 0;
        AssertDamaged(unsigned, static files => files.OpenFile(@"Names\lower.txt"), record, "Record ");

        byte[] torn = [.. image];
        int attribute = FindAttribute(torn, record, 0x10);
        BinaryPrimitives.WriteInt32LittleEndian(torn.AsSpan(attribute + 4), 8);
        AssertDamaged(torn, static files => files.OpenFile(@"Names\lower.txt"), attribute, "the attribute at byte ");

        byte[] encrypted = [.. image];
        encrypted[FindAttribute(encrypted, record, 0x80) + 13] |= 0x40;
        AssertDamaged(encrypted, static files => files.OpenFile(@"Names\lower.txt"), record, "lower.txt is encrypted");

        // Every node of every folder's index: that of the large folder is told of where it lies.
        byte[] nodes = [.. image];
        List<long> places = [];
        for (int offset = 0; offset < nodes.Length; offset += 4096)
        {
            if (nodes.AsSpan(offset).StartsWith("INDX"u8))
            {
                nodes[offset + 16] ^= 0x40;
                places.Add(offset);
            }
        }

        DiskFormatException error = Assert.Throws<DiskFormatException>(() => Open(nodes).Enumerate("Many").Count());
        Assert.Contains(error.Offset!.Value, places);
        Assert.Contains("The index of folder ", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(11, 0x01)]
    [InlineData(13, 0x03)]
    [InlineData(13, 0xE0)]
    [InlineData(47, 0x10)]
    [InlineData(55, 0x7F)]
    [InlineData(64, 0x00)]
    [InlineData(64, 0xE0)]
    [InlineData(68, 0x81)]
    public void A_boot_sector_whose_numbers_make_no_sense_is_refused(int offset, byte value)
    {
        using TempFolder folder = new();
        byte[] image = ReadImage(folder);
        image[offset] = value;
        Assert.Throws<DiskFormatException>(() => FileSystem.TryOpen(new MemoryByteSource(image)));
    }

    [Fact]
    public void A_volume_larger_than_its_partition_is_refused()
    {
        using TempFolder folder = new();
        byte[] image = ReadImage(folder);
        Assert.Throws<DiskFormatException>(() => FileSystem.TryOpen(new MemoryByteSource(image, image.Length / 2)));
    }

    private static void AssertDamaged(byte[] image, Action<IFileSystem> read, long offset, string problem)
    {
        DiskFormatException error = Assert.Throws<DiskFormatException>(() => read(Open(image)));
        Assert.Equal(("volume", offset), (error.File, error.Offset));
        Assert.Contains(problem, error.Problem, StringComparison.Ordinal);
    }

    private static int NextAfter(byte[] image, byte[] bytes, int at)
    {
        int next = image.AsSpan(at + 1).IndexOf(bytes);
        return next < 0 ? -1 : at + 1 + next;
    }

    private static byte[] ReadImage(TempFolder folder) => File.ReadAllBytes(TestFile.Unpack("volumes/ntfs.img", folder));

    private static IFileSystem Open(byte[] image) => FileSystem.TryOpen(new MemoryByteSource(image))!;

    /// <summary>Where the record of the file of a name begins.</summary>
    private static int FindRecord(byte[] image, string name)
    {
        byte[] stored = Encoding.Unicode.GetBytes(name);
        return Enumerable.Range(0, image.Length / FileRecordSize)
            .Select(static number => number * FileRecordSize)
            .First(offset =>
            {
                ReadOnlySpan<byte> record = image.AsSpan(offset, FileRecordSize);
                if (!record.StartsWith("FILE"u8) || (record[22] & 1) == 0)
                {
                    return false;
                }

                int nameAttribute = FindAttribute(image, offset, 0x30) + 24 - offset;
                return record[nameAttribute + 64] == name.Length && record.Slice(nameAttribute + 66).StartsWith(stored);
            });
    }

    /// <summary>Where the first attribute of a type begins in a record; the record's end where it has none.</summary>
    private static int FindAttribute(byte[] image, int record, int type)
    {
        int offset = record + BinaryPrimitives.ReadUInt16LittleEndian(image.AsSpan(record + 20));
        while (BinaryPrimitives.ReadInt32LittleEndian(image.AsSpan(offset)) is int found && found != type)
        {
            if (found == -1)
            {
                return record + FileRecordSize - 128;
            }

            offset += BinaryPrimitives.ReadInt32LittleEndian(image.AsSpan(offset + 4));
        }

        return offset;
    }
}
