using AzImageTools.Disks;
using AzImageTools.Disks.Volumes;
using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Windows;

namespace AzImageTools.Readiness.Tests;

public sealed class EncryptedFilesTests
{
    [Fact]
    public void A_table_of_files_tells_of_those_outside_Windows_and_programs_by_their_paths()
    {
        EncryptedFileSearch found = EncryptedFiles.SearchTable(new Table(
            new(1, null, "Windows", true, false), new(2, 1, "secret.txt", false, true), new(3, 1, "Temp", true, false), new(4, 3, "deep.txt", false, true),
            new(6, 5, "payroll.xlsx", false, true), new(5, 7, "alice", true, false), new(7, null, "Users", true, true), new(8, null, "pagefile.sys", false, false)))!;

        Assert.Equal([("Users", true), (@"Users\alice\payroll.xlsx", false)], found.Found.Select(one => (one.Place, one.Seen.Contains("folder", StringComparison.Ordinal))));
        Assert.Equal(5, found.EntriesSeen);
        Assert.True(found.IsComplete);
    }

    [Fact]
    public void Folders_that_lie_in_one_another_or_nowhere_are_passed_over()
    {
        EncryptedFileSearch found = EncryptedFiles.SearchTable(new Table(
            new(1, 2, "a", true, true), new(2, 1, "b", true, true), new(3, 3, "itself", true, true), new(4, 99, "lost", false, true), new(5, null, "kept", false, true)))!;

        Assert.Equal("kept", Assert.Single(found.Found).Place);
        Assert.Equal(1, found.EntriesSeen);
    }

    [Fact]
    public void A_table_that_is_long_or_damaged_is_left_for_the_folders()
    {
        Assert.Null(EncryptedFiles.SearchTable(null));
        Assert.Null(EncryptedFiles.SearchTable(new Table { TableLength = 1L << 30 }));
        Assert.Null(EncryptedFiles.SearchTable(new Table { IsDamaged = true }));
    }

    private sealed class Table(params TableName[] names) : IFileTable
    {
        public long TableLength { get; init; } = 1 << 20;

        public bool IsDamaged { get; init; }

        public IEnumerable<TableName> EnumerateTable() => IsDamaged ? throw new DiskFormatException("disk", 0, "It is damaged.") : names;
    }
}
