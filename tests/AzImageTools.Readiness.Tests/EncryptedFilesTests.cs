using AzImageTools.Disks;
using AzImageTools.Disks.Inspection;
using AzImageTools.Disks.Volumes;
using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Rules;
using AzImageTools.Readiness.Tests.Guests;
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
        Assert.Null(EncryptedFiles.SearchTable(new Table { TableLength = 1L << 40 }));
        Assert.Null(EncryptedFiles.SearchTable(new Table { IsDamaged = true }));
    }

    [Fact]
    public void A_long_table_is_not_read_where_nobody_has_a_key_to_encrypt_files_with()
    {
        Assert.Equal("Pass: in none of 6 profiles", Judge(Ready()));
        Assert.Equal("Pass: in none of 6 profiles", Judge(Ready().WithFile(Certificate, [1, .. KeyUsage, 2])));
    }

    [Theory]
    [InlineData("a certificate that encrypts files")]
    [InlineData("a certificate for anything")]
    [InlineData("an encrypted file in a profile")]
    [InlineData("a profile on another volume")]
    [InlineData("a registry that is not there")]
    public void A_long_table_is_read_where_somebody_may_have_one(string what)
    {
        MemoryGuest guest = what switch
        {
            "a certificate that encrypts files" => Ready().WithFile(Certificate, [1, .. KeyUsage, .. FileEncryption, 2]),
            "a certificate for anything" => Ready().WithFile(Certificate, [1, 2, 3]),
            "an encrypted file in a profile" => Ready().WithEncryptedFile(@"Users\alice\payroll.xlsx"),
            "a profile on another volume" => Ready().With(@"SOFTWARE\Microsoft\Windows NT\CurrentVersion\ProfileList\S-1-5-21-1-2-3-1009", "ProfileImagePath", @"D:\Users\bob"),
            _ => Ready().Lose("SOFTWARE"),
        };

        Assert.Equal(@"Fail: encrypted", Judge(guest));
    }

    private const string Certificate = @"Users\alice\AppData\Roaming\Microsoft\SystemCertificates\My\Certificates\0123456789ABCDEF0123456789ABCDEF01234567";

    /// <summary>OIDs as DER writes them: what a certificate is for, and 1.3.6.1.4.1.311.10.3.4, encrypting files.</summary>
    private static readonly byte[] KeyUsage = [0x06, 0x03, 0x55, 0x1D, 0x25];
    private static readonly byte[] FileEncryption = [0x06, 0x0A, 0x2B, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x0A, 0x03, 0x04];

    private static MemoryGuest Ready()
    {
        MemoryGuest guest = MemoryGuest.Ready().WithFile(@"Users\alice\NTUSER.DAT", "x").WithFile(@"Users\Public\desktop.ini", "x");
        guest.Table = new Table(new TableName(1, null, "payroll.xlsx", false, true)) { TableLength = EncryptedFiles.ShortTable + 1 };
        return guest;
    }

    private static string Judge(MemoryGuest guest)
    {
        Finding finding = Assert.Single(ReadinessCheck.Run(guest, new ReadinessOptions { Family = GuestFamily.Windows }).Findings, static finding => finding.Id == "EfsFiles");
        return $"{finding.Result}: {Assert.Single(finding.Evidence).Seen}";
    }

    private sealed class Table(params TableName[] names) : IFileTable
    {
        public long TableLength { get; init; } = 1 << 20;

        public bool IsDamaged { get; init; }

        public IEnumerable<TableName> EnumerateTable() => IsDamaged ? throw new DiskFormatException("disk", 0, "It is damaged.") : names;
    }
}
