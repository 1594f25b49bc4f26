using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json;
using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Images;
using AzImageTools.Disks.Partitions;
using AzImageTools.Disks.Tests.Containers;
using AzImageTools.TestKit;
using CsCheck;

namespace AzImageTools.Disks.Tests.Partitions;

public sealed class PartitionTableTests : IDisposable
{
    private const long Mebibyte = 1 << 20;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_GUID_partition_table_is_read()
    {
        using VirtualDisk disk = DiskOpener.Open(TestDisks.Unpack("ready-dynamic.vhdx", _folder));
        PartitionTable table = PartitionTable.Read(disk);

        Assert.Equal(PartitionStyle.Gpt, table.Style);
        Assert.Empty(table.Problems);
        Assert.Equal(disk.Capacity - 512, table.BackupOffset);
        Assert.Equal(
            [
                (1, Mebibyte, 34 * Mebibyte, "EFI system"),
                (2, 35 * Mebibyte, Mebibyte, "Microsoft reserved"),
                (3, 36 * Mebibyte, 24 * Mebibyte, "Basic data"),
            ],
            table.Partitions.Select(partition => (partition.Number, partition.Offset, partition.Length, partition.TypeName)));
        Assert.Equal("c12a7328-f81f-11d2-ba4b-00a0c93ec93b", table.Partitions[0].Type);
        Assert.All(table.Partitions, partition => Assert.False(partition.IsActive));
    }

    [Fact]
    public void Thousands_of_partitions_in_one_place_are_told_of_once_and_one_of_them_is_opened()
    {
        const int Count = 8192;
        byte[] ext = File.ReadAllBytes(TestFile.Unpack("volumes/ext4.img", _folder));
        const int Start = 4096;
        byte[] bytes = new byte[(Start * 512) + ext.Length + (1 << 20)];
        ext.CopyTo(bytes, Start * 512);
        byte[] entries = new byte[Count * 128];
        for (int i = 0; i < Count; i++)
        {
            Span<byte> entry = entries.AsSpan(i * 128);
            entry[..32].Fill(1);
            BinaryPrimitives.WriteInt64LittleEndian(entry[32..], Start + (i % 2));
            BinaryPrimitives.WriteInt64LittleEndian(entry[40..], Start + (ext.Length / 512) - 1);
        }

        entries.CopyTo(bytes, 1024);
        Span<byte> mbr = bytes;
        mbr[446 + 4] = 0xEE;
        BinaryPrimitives.WriteUInt32LittleEndian(mbr[(446 + 8)..], 1);
        BinaryPrimitives.WriteUInt32LittleEndian(mbr[(446 + 12)..], (uint)(bytes.Length / 512) - 1);
        BinaryPrimitives.WriteUInt16LittleEndian(mbr[510..], 0xAA55);
        Span<byte> header = bytes.AsSpan(512, 512);
        "EFI PART"u8.CopyTo(header);
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], 0x10000);
        BinaryPrimitives.WriteUInt32LittleEndian(header[12..], 92);
        BinaryPrimitives.WriteInt64LittleEndian(header[24..], 1);
        BinaryPrimitives.WriteInt64LittleEndian(header[72..], 2);
        BinaryPrimitives.WriteUInt32LittleEndian(header[80..], Count);
        BinaryPrimitives.WriteUInt32LittleEndian(header[84..], 128);
        BinaryPrimitives.WriteUInt32LittleEndian(header[88..], ReflectedCrc32.Ieee.Compute(entries));
        BinaryPrimitives.WriteUInt32LittleEndian(header[16..], ReflectedCrc32.Ieee.ComputeWithout(header[..92], 16));

        DistantSource disk = new(bytes, new ReadBudget("disk"));
        using OpenedImage image = new(disk);
        Assert.Equal(Count, image.Table.Partitions.Count);
        Assert.Equal($"Partitions 1 and 3 overlap. So do {Count - 2} further pairs.", Assert.Single(image.Table.Problems, static problem => problem.Contains("overlap", StringComparison.Ordinal)));
        Assert.NotNull(Assert.Single(image.Volumes).FileSystem);
        Assert.InRange(disk.Reads, 1, 100);
    }

    [Fact]
    public void An_MBR_is_read()
    {
        using VirtualDisk disk = DiskOpener.Open(TestDisks.Unpack("mbr-dynamic.vhd", _folder));
        PartitionTable table = PartitionTable.Read(disk);

        Assert.Equal(PartitionStyle.Mbr, table.Style);
        Assert.Empty(table.Problems);
        Assert.Null(table.BackupOffset);
        Partition partition = Assert.Single(table.Partitions);
        Assert.Equal((1, Mebibyte, 24 * Mebibyte, true), (partition.Number, partition.Offset, partition.Length, partition.IsActive));
        Assert.Equal(("0x07", "NTFS or exFAT", "3e0c1d5a-01"), (partition.Type, partition.TypeName, partition.PartUuid));
        Assert.True(table.HasActivePartition);
    }

    [Theory]
    [InlineData("label: dos\n2048,4096,c,*\n8192,2048,82\n16384,,E\n,4096,7\n,8192,83\n,2048,8e\n")]
    [InlineData("label: dos\n2048,4096,83\n")]
    [InlineData("label: gpt\nsize=2048,type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B,name=\"EFI\"\nsize=8192,type=0FC63DAF-8483-4772-8E79-3D69D8477DE4,name=\"Größe ☃\"\nsize=2048,type=21686148-6449-6E6F-744E-656564454649\n")]
    public async Task Partitions_are_those_that_sfdisk_lists(string script)
    {
        ExternalTool.SkipUnlessInstalled("sfdisk", "sh");
        string path = await PartitionAsync(script);
        using JsonDocument json = JsonDocument.Parse(await ExternalTool.RunAsync("sfdisk", "--json", path));
        IEnumerable<string> expected = json.RootElement.GetProperty("partitiontable").GetProperty("partitions").EnumerateArray()
            .Where(partition => partition.GetProperty("type").GetString() is not ("5" or "f"))
            .Select(partition => string.Join(
                ' ',
                partition.GetProperty("node").GetString()![path.Length..].TrimStart('p'),
                partition.GetProperty("start").GetInt64() * 512,
                partition.GetProperty("size").GetInt64() * 512,
                partition.GetProperty("type").GetString()!.ToUpperInvariant(),
                partition.TryGetProperty("bootable", out JsonElement bootable) && bootable.GetBoolean(),
                partition.TryGetProperty("name", out JsonElement name) ? name.GetString() : string.Empty));

        using VirtualDisk disk = DiskOpener.Open(path);
        PartitionTable table = PartitionTable.Read(disk);
        Assert.Empty(table.Problems);
        Assert.Equal(
            expected,
            table.Partitions.Select(partition => string.Join(
                ' ',
                partition.Number,
                partition.Offset,
                partition.Length,
                partition.TypeId?.ToString().ToUpperInvariant() ?? partition.TypeCode!.Value.ToString("X", CultureInfo.InvariantCulture),
                partition.IsActive,
                partition.Name)));
    }

    [Fact]
    public void A_damaged_GUID_partition_table_is_read_from_its_backup()
    {
        (byte[] content, IReadOnlyList<Partition> partitions) = ReadyDisk();
        foreach (int place in new[] { 512, 512 + 20, 512 + 72, 1024 + 40 })
        {
            byte[] damaged = (byte[])content.Clone();
            damaged[place] ^= 0x40;
            PartitionTable table = PartitionTable.Read(new MemorySource(damaged));

            Assert.Equal(PartitionStyle.Gpt, table.Style);
            Assert.Equal(partitions, table.Partitions);
            Assert.Contains("its backup was read", Assert.Single(table.Problems), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_missing_backup_is_a_problem()
    {
        (byte[] content, IReadOnlyList<Partition> partitions) = ReadyDisk();
        content.AsSpan(content.Length - 512).Clear();
        PartitionTable table = PartitionTable.Read(new MemorySource(content));

        Assert.Equal(partitions, table.Partitions);
        Assert.Null(table.BackupOffset);
        Assert.Contains("backup", Assert.Single(table.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void A_disk_that_was_made_larger_has_its_backup_before_the_end()
    {
        (byte[] content, _) = ReadyDisk();
        PartitionTable table = PartitionTable.Read(new MemorySource([.. content, .. new byte[1 << 20]]));

        Assert.Equal(content.Length - 512, table.BackupOffset);
        Assert.Contains("made larger", Assert.Single(table.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_table_and_backup_nothing_is_listed()
    {
        (byte[] content, _) = ReadyDisk();
        content.AsSpan(content.Length - 512).Clear();
        content[512 + 16] ^= 1;
        PartitionTable table = PartitionTable.Read(new MemorySource(content));

        Assert.Equal(PartitionStyle.Gpt, table.Style);
        Assert.Empty(table.Partitions);
        Assert.Contains("both missing or damaged", Assert.Single(table.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void A_table_without_a_protective_MBR_does_not_count()
    {
        (byte[] content, _) = ReadyDisk();
        content.AsSpan(0, 512).Clear();
        PartitionTable table = PartitionTable.Read(new MemorySource(content));

        Assert.Equal(PartitionStyle.None, table.Style);
        Assert.Contains("no protective MBR", Assert.Single(table.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void A_hybrid_MBR_counts_as_the_table_it_stands_in_front_of_and_tells_a_BIOS_what_to_start()
    {
        (byte[] content, IReadOnlyList<Partition> partitions) = ReadyDisk();
        Assert.False(PartitionTable.Read(new MemorySource(content)).HasActivePartition);
        WriteEntry(content, 0, 1, 0x07, 36 * 2048, 24 * 2048);
        content[446 + 16] = 0x80;
        PartitionTable table = PartitionTable.Read(new MemorySource(content));

        Assert.Equal(PartitionStyle.Gpt, table.Style);
        Assert.Equal(partitions, table.Partitions);
        Assert.Empty(table.Problems);
        Assert.True(table.HasActivePartition);
    }

    [Fact]
    public async Task The_types_that_have_names_are_those_that_sfdisk_knows()
    {
        ExternalTool.SkipUnlessInstalled("sfdisk");
        Dictionary<Guid, string> known = (await ExternalTool.RunAsync("sfdisk", "--label", "gpt", "--list-types")).Split('\n')
            .Select(static line => line.Split("  ", 2))
            .Where(static fields => fields.Length == 2 && Guid.TryParse(fields[0], out _))
            .ToDictionary(static fields => new Guid(fields[0]), static fields => fields[1]);

        // Newer than, or unknown to, the sfdisk of some distribution: Storage Replica, LUKS and Container Linux.
        Assert.Equal(5, PartitionTypes.Known.Count(type => !known.ContainsKey(type)));
        Assert.All(
            known.Where(static type => type.Value.StartsWith("Linux", StringComparison.Ordinal) && PartitionTypes.Known.Contains(type.Key)),
            static type => Assert.Equal(Simplify(type.Value), Simplify(PartitionTypes.NameOf(type.Key))));

        static string Simplify(string name) => name.Replace("x86-64", "x64").Replace("ARM-64", "ARM64").Replace("RISC-V-64", "RISC-V 64").Replace("PPC64LE", "PPC64 LE").Replace("sign.", "signature");
    }

    [Fact]
    public void A_partition_beyond_the_disk_is_a_problem()
    {
        (byte[] content, _) = ReadyDisk();
        PartitionTable table = PartitionTable.Read(new MemorySource(content[..(40 << 20)]));

        Assert.Equal(3, table.Partitions.Count);
        Assert.Contains(table.Problems, problem => problem.StartsWith("Partition 3 ", StringComparison.Ordinal) && problem.Contains("beyond", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(36)]
    [InlineData(1)]
    public void A_volume_over_the_whole_disk_has_no_partition_table(int startMebibyte)
    {
        // The NTFS volume and the FAT32 volume of a disk, each as a disk of its own.
        (byte[] content, _) = ReadyDisk();
        PartitionTable table = PartitionTable.Read(new MemorySource(content[(startMebibyte << 20)..((startMebibyte + 24) << 20)]));

        Assert.Equal(PartitionStyle.None, table.Style);
        Assert.Empty(table.Partitions);
        Assert.Empty(table.Problems);
    }

    [Fact]
    public void An_empty_disk_has_no_partition_table()
    {
        Assert.Equal(PartitionStyle.None, PartitionTable.Read(new MemorySource(new byte[1 << 20])).Style);
        Assert.Equal(PartitionStyle.None, PartitionTable.Read(new MemorySource(new byte[512])).Style);
        Assert.Equal(PartitionStyle.None, PartitionTable.Read(new MemorySource([])).Style);
    }

    [Fact]
    public void A_chain_of_logical_partitions_that_runs_in_a_circle_ends()
    {
        byte[] content = new byte[1 << 20];
        WriteEntry(content, 0, 0, 0x05, 100, 1000);
        WriteEntry(content, 100 * 512, 0, 0x83, 10, 20);
        WriteEntry(content, 100 * 512, 1, 0x05, 50, 100);
        WriteEntry(content, 150 * 512, 0, 0x83, 10, 20);
        WriteEntry(content, 150 * 512, 1, 0x05, 0, 100);
        PartitionTable table = PartitionTable.Read(new MemorySource(content));

        Assert.Equal([(5, 110L * 512), (6, 160L * 512)], table.Partitions.Select(partition => (partition.Number, partition.Offset)));
        Assert.Contains("loop", Assert.Single(table.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void A_disk_with_4096_byte_sectors_has_its_table_counted_in_them()
    {
        byte[] content = LargeSectorDisk();
        PartitionTable table = PartitionTable.Read(new MemorySource(content, 4096));
        Assert.Empty(table.Problems);
        Assert.Equal([(1, 256L * 4096, 512L * 4096)], table.Partitions.Select(partition => (partition.Number, partition.Offset, partition.Length)));

        // The same bytes on a disk with 512-byte sectors: what a careless conversion makes.
        PartitionTable copied = PartitionTable.Read(new MemorySource(content));
        Assert.Equal(4096, copied.SectorSize);
        Assert.Equal(table.Partitions, copied.Partitions);
        Assert.Contains("sectors of 4096 bytes", Assert.Single(copied.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void Control_characters_in_a_name_are_replaced()
    {
        (byte[] content, _) = ReadyDisk();
        "\u001b[31mred"u8.ToArray().SelectMany(b => new byte[] { b, 0 }).ToArray().CopyTo(content, 1024 + 56);
        FixChecksums(content, 512, 1024);
        PartitionTable table = PartitionTable.Read(new MemorySource(content));

        Assert.StartsWith("\uFFFD[31mred", table.Partitions[0].Name, StringComparison.Ordinal);
    }

    [Fact]
    public void Any_bytes_in_a_table_are_survived()
    {
        (byte[] content, _) = ReadyDisk();
        Gen.Select(Gen.Int[0, (34 * 512) - 1], Gen.Byte).Array[1, 6].Sample(
            changes =>
            {
                byte[] damaged = (byte[])content.Clone();
                foreach ((int place, byte value) in changes)
                {
                    damaged[place] = value;
                }

                // With checksums made right again, so that what stands behind them is reached.
                FixChecksums(damaged, 512, 1024);
                PartitionTable table = PartitionTable.Read(new MemorySource(damaged));
                Assert.InRange(table.Partitions.Count, 0, 8192);
            },
            seed: "0000KNZ7Bqf5",
            iter: 100,
            threads: 1);
    }

    private static void WriteEntry(byte[] content, int record, int index, byte type, uint start, uint count)
    {
        Span<byte> entry = content.AsSpan(record + 446 + (index * 16), 16);
        entry[4] = type;
        BinaryPrimitives.WriteUInt32LittleEndian(entry[8..], start);
        BinaryPrimitives.WriteUInt32LittleEndian(entry[12..], count);
        content[record + 510] = 0x55;
        content[record + 511] = 0xAA;
    }

    private static void FixChecksums(byte[] content, int header, int entries)
    {
        uint size = BinaryPrimitives.ReadUInt32LittleEndian(content.AsSpan(header + 80)) * BinaryPrimitives.ReadUInt32LittleEndian(content.AsSpan(header + 84));
        if (size <= content.Length - entries)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(content.AsSpan(header + 88), ReflectedCrc32.Ieee.Compute(content.AsSpan(entries, (int)size)));
        }

        BinaryPrimitives.WriteUInt32LittleEndian(content.AsSpan(header + 16), ReflectedCrc32.Ieee.ComputeWithout(content.AsSpan(header, 92), 16));
    }

    /// <summary>A table on a disk with 4096-byte sectors, built as the UEFI specification says (5.3), header and backup.</summary>
    private static byte[] LargeSectorDisk()
    {
        const int Sector = 4096;
        const int Sectors = 1024;
        byte[] content = new byte[Sectors * Sector];
        WriteEntry(content, 0, 0, 0xEE, 1, Sectors - 1);
        foreach ((int lba, int alternate, int entries) in new[] { (1, Sectors - 1, 2), (Sectors - 1, 1, Sectors - 5) })
        {
            Span<byte> entry = content.AsSpan(entries * Sector);
            PartitionTypes.BasicData.ToByteArray().CopyTo(entry);
            Guid.NewGuid().ToByteArray().CopyTo(entry[16..]);
            BinaryPrimitives.WriteInt64LittleEndian(entry[32..], 256);
            BinaryPrimitives.WriteInt64LittleEndian(entry[40..], 767);
            Span<byte> header = content.AsSpan(lba * Sector);
            "EFI PART"u8.CopyTo(header);
            BinaryPrimitives.WriteUInt32LittleEndian(header[8..], 0x00010000);
            BinaryPrimitives.WriteUInt32LittleEndian(header[12..], 92);
            BinaryPrimitives.WriteInt64LittleEndian(header[24..], lba);
            BinaryPrimitives.WriteInt64LittleEndian(header[32..], alternate);
            BinaryPrimitives.WriteInt64LittleEndian(header[72..], entries);
            BinaryPrimitives.WriteInt32LittleEndian(header[80..], 128);
            BinaryPrimitives.WriteInt32LittleEndian(header[84..], 128);
            FixChecksums(content, lba * Sector, entries * Sector);
        }

        return content;
    }

    private (byte[] Content, IReadOnlyList<Partition> Partitions) ReadyDisk()
    {
        using VirtualDisk disk = DiskOpener.Open(TestDisks.Unpack("ready-dynamic.vhdx", _folder));
        return (DiskContent.Read(disk, 0, (int)disk.Capacity), PartitionTable.Read(disk).Partitions);
    }

    private async Task<string> PartitionAsync(string script)
    {
        string path = _folder.File("table.img");
        await using (FileStream file = File.Create(path))
        {
            file.SetLength(64 << 20);
        }

        string scriptPath = _folder.File("script");
        await File.WriteAllTextAsync(scriptPath, script);
        await ExternalTool.RunAsync("sh", "-c", "exec \"$0\" -q \"$1\" < \"$2\"", ExternalTool.Find("sfdisk")!, path, scriptPath);
        return path;
    }
}
