using System.Text;
using AzImageTools.Disks;
using AzImageTools.Services.Upload.Resume;
using AzImageTools.Services.Upload.Source;
using AzImageTools.Services.Upload.Transfer;
using AzImageTools.TestKit;

namespace AzImageTools.Services.Tests.Upload;

/// <summary>Journals that nobody should write, and those that are there already.</summary>
public sealed class ForeignJournalTests : IDisposable
{
    private const long Capacity = 8L << 30;
    private readonly TempFolder _folder = new();
    private readonly string _path;

    public ForeignJournalTests()
    {
        _path = _folder.File("d.azupload");
    }

    private static JournalHeader Header => new()
    {
        Version = JournalHeader.CurrentVersion,
        RunId = "0123456789abcdef",
        LeaseId = Guid.Parse("11111111-2222-3333-4444-555555555555"),
        Target = "https://a.blob.core.windows.net/c/d.vhd",
        Length = Capacity + 512,
        Begun = DateTimeOffset.UnixEpoch,
        Source = new SourceIdentity("/disks/d.vhdx", DiskFormat.Vhdx, Capacity, [new SourceFile("/disks/d.vhdx", 5, DateTimeOffset.UnixEpoch)]),
    };

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("c 0 100000200")]
    [InlineData("c 0 400 0 100000200 1")]
    [InlineData("c 0 400 0 100 1")]
    [InlineData("c 0 400 0 ffffffff00000200 1")]
    public void A_length_that_only_looks_right_once_it_is_cut_short_ends_the_journal(string line)
        => Assert.False(JournalFormat.TryRead(Line(line), Capacity, out _));

    [Fact]
    [Trait("Libraries", "net8.0")]
    public async Task A_pipe_or_a_link_with_a_journal_s_name_is_refused_before_it_is_opened()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "pipes in folders and links without a privilege are of Linux");
        ExternalTool.SkipUnlessInstalled("mkfifo");
        string pipe = _folder.File("pipe.azupload");
        await ExternalTool.RunAsync("mkfifo", pipe);
        string other = _folder.File("other");
        await File.WriteAllBytesAsync(other, JournalFormat.Write(Header), TestContext.Current.CancellationToken);
        string link = _folder.File("link.azupload");
        File.CreateSymbolicLink(link, other);

        foreach (string path in new[] { pipe, link })
        {
            Assert.Equal("JournalInvalid", (await Assert.ThrowsAsync<ImageServiceException>(() => Task.Run(() => JournalReader.Read(path)).WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken))).ErrorId);
            Assert.Equal("JournalInvalid", Assert.Throws<ImageServiceException>(() => UploadJournal.Create(path, Header, OperationContext.None)).ErrorId);
        }

        Assert.Equal(JournalFormat.Write(Header), await File.ReadAllBytesAsync(other, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void A_header_that_is_whole_and_yet_not_of_an_upload_of_this_version_is_refused()
    {
        File.WriteAllBytes(_path, JournalFormat.Write(Header));
        Assert.NotNull(JournalReader.Read(_path));

        foreach (JournalHeader foreign in new[]
        {
            Header with { Version = JournalHeader.CurrentVersion + 1 },
            Header with { RunId = string.Empty },
            Header with { Target = string.Empty },
            Header with { Length = ChunkPlanner.PageSize },
        })
        {
            File.WriteAllBytes(_path, JournalFormat.Write(foreign));
            Assert.Equal("JournalInvalid", Assert.Throws<ImageServiceException>(() => JournalReader.Read(_path)).ErrorId);
        }
    }

    [Fact]
    public void A_journal_longer_than_what_is_read_at_once_is_written_on_at_its_end()
    {
        const int Count = 2000;
        using (UploadJournal journal = UploadJournal.Create(_path, Header, OperationContext.None))
        {
            for (int index = 0; index < Count; index++)
            {
                journal.Append(Chunk(index));
            }
        }

        long length = new FileInfo(_path).Length;
        Assert.True(length > JournalFormat.LongestLine, "the journal is read at once");
        Assert.Equal(length, JournalReader.Read(_path)!.ValidLength);
        using (UploadJournal journal = UploadJournal.Continue(_path, OperationContext.None))
        {
            journal.Append(Chunk(Count));
        }

        Assert.Equal(Count + 1, JournalReader.Read(_path)!.ChunkCount);
    }

    [Fact]
    public void A_journal_begun_over_an_older_one_knows_nothing_of_it()
    {
        for (int run = 0; run < 2; run++)
        {
            using UploadJournal journal = UploadJournal.Create(_path, Header, OperationContext.None);
            if (run == 0)
            {
                journal.Append(Chunk(0));
                journal.AppendVerified();
            }
        }

        JournalContent content = JournalReader.Read(_path)!;
        Assert.Equal(0, content.ChunkCount);
        Assert.False(content.IsVerified);
        Assert.Equal(new FileInfo(_path).Length, content.ValidLength);
    }

    [Theory]
    [InlineData(null, "JournalNotFound")]
    [InlineData("", "JournalNotFound")]
    [InlineData("this is no journal\n", "JournalInvalid")]
    public void What_is_no_journal_is_not_gone_on_with_and_left_as_it_is(string? text, string errorId)
    {
        if (text is not null)
        {
            File.WriteAllText(_path, text);
        }

        Assert.Equal(errorId, Assert.Throws<ImageServiceException>(() => UploadJournal.Continue(_path, OperationContext.None)).ErrorId);

        // It is let go of, too.
        Assert.Equal(text, File.Exists(_path) ? File.ReadAllText(_path) : null);
    }

    private static SentChunk Chunk(int index)
    {
        long offset = (long)index << 22;
        return new SentChunk(offset, 4 << 20, [.. Enumerable.Range(0, 6).Select(range => new SentRange(offset + (range << 16), 4096, 0x0123456789ABCDEF))]);
    }

    private static byte[] Line(string text)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(text);
        return [.. Encoding.ASCII.GetBytes($"{Crc64Nvme.Compute(bytes):x16} "), .. bytes];
    }
}
