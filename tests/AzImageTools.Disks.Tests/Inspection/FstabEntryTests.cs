using System.Text.Json;
using AzImageTools.Disks.Inspection;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Inspection;

public sealed class FstabEntryTests
{
    [Fact]
    public void A_field_of_a_megabyte_costs_a_few_megabytes()
    {
        string text = new string('\\', 900_000) + " /mnt\\040a auto";
        long before = GC.GetAllocatedBytesForCurrentThread();
        FstabEntry entry = Assert.Single(FstabEntry.Parse(text));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16 << 20);
        Assert.Equal((900_000, "/mnt a"), (entry.Source.Length, entry.Place));
    }

    [Fact]
    public async Task Lines_are_read_as_findmnt_reads_them()
    {
        ExternalTool.SkipUnlessInstalled("findmnt");
        const string text = """
            # comment /a ext4

              /dev/sda1	/with\040space	ext4  defaults 0 0
            UUID=11-22 /boot/efi vfat umask=0077 0 1
            /dev/disk/by-label/a\x20b /data auto noauto
            /dev/sdb1 none swap sw
            short
            proc /proc proc defaults
            LABEL=um\303\244 /grün/\303\266 xfs rw 0 0
            LABEL=a\134b /q"uote vfat rw
            #/dev/x /y ext4
            /dev/sda9 /\11\0405 ext\0644 rw
            //server/share=x /mnt/s cifs credentials=/x 0 0
            /srv/a=b /mnt none bind
            """;
        using TempFolder folder = new();
        string file = folder.File("fstab");
        await File.WriteAllTextAsync(file, text, TestContext.Current.CancellationToken);
        using JsonDocument found = JsonDocument.Parse(await ExternalTool.RunAsync("findmnt", "--tab-file", file, "--json", "--list", "--output", "SOURCE,TARGET,FSTYPE"));
        IEnumerable<string> expected = found.RootElement.GetProperty("filesystems").EnumerateArray()
            .Select(static entry => $"{entry.GetProperty("source")} {entry.GetProperty("target")} {entry.GetProperty("fstype")}");

        Assert.Equal(expected, FstabEntry.Parse(text).Select(static entry => $"{entry.Source} {entry.Place} {entry.Type}"));
    }

    [Theory]
    [InlineData("LABEL=\"data\" /data ext4", "LABEL=data")]
    [InlineData("uuid='1-2' /data ext4", "uuid=1-2")]
    [InlineData("/dev/\"odd\" /data ext4", "/dev/\"odd\"")]
    public void Only_the_value_of_a_tag_may_stand_in_quotation_marks(string line, string source)
        => Assert.Equal(source, Assert.Single(FstabEntry.Parse(line)).Source);

    [Fact]
    public void A_line_without_a_type_counts_as_systemd_counts_it_and_the_number_is_the_files()
        => Assert.Equal([new FstabEntry(2, "/dev/sda2", "/two", "auto")], FstabEntry.Parse("\n/dev/sda2 /two\r\nshort\r\n"));

    [Theory]
    [InlineData("/dev/sda1 / ext4", true)]
    [InlineData("PARTLABEL=root / ext4", true)]
    [InlineData("tmpfs /tmp tmpfs", false)]
    [InlineData("//server/share=x /mnt cifs", false)]
    [InlineData("server:/export=x /mnt nfs", false)]
    [InlineData("/srv/a=b /mnt none bind", false)]
    [InlineData("LABEL=swap none swap", false)]
    public void A_volume_is_told_from_memory_shares_folders_and_swap(string line, bool isVolume)
        => Assert.Equal(isVolume, Assert.Single(FstabEntry.Parse(line)).IsVolume);

    [Theory]
    [InlineData("UUID=1 /data ext4 defaults,nofail 0 2", true)]
    [InlineData("/dev/sr0 /media udf user,noauto", true)]
    [InlineData("UUID=1 /data ext4 x-nofail 0 2", false)]
    [InlineData("UUID=1 /data", false)]
    public void What_the_system_starts_without_is_optional(string line, bool isOptional)
        => Assert.Equal(isOptional, Assert.Single(FstabEntry.Parse(line)).IsOptional);

    [Theory]
    [InlineData("UUID=1 /var xfs defaults,nodev,noexec 0 2", true)]
    [InlineData("UUID=1 /var xfs defaults 0 2", false)]
    [InlineData("UUID=1 /var xfs noexec,exec", false)]
    [InlineData("UUID=1 /var xfs exec,noexec", true)]
    [InlineData("UUID=1 /var xfs noexec,defaults", true)]
    [InlineData("/dev/sr0 /media udf user,noauto", true)]
    [InlineData("/dev/sr0 /media udf users,exec", false)]
    [InlineData("//server/share /mnt cifs username=noexec,x-noexec", false)]
    [InlineData("UUID=1 /var", false)]
    public void Options_that_forbid_running_programs_count_as_mount_counts_them(string line, bool isNoExec)
        => Assert.Equal(isNoExec, Assert.Single(FstabEntry.Parse(line)).IsNoExec);

    [Fact]
    public void Every_line_counts_however_many_there_are_and_no_file_has_none()
    {
        Assert.Equal(1000, FstabEntry.Parse(string.Concat(Enumerable.Repeat("a /b c\n", 1000))).Count);
        Assert.Empty(FstabEntry.Parse(null));
    }
}
