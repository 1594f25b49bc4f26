using System.Text;
using AzImageTools.Disks;
using AzImageTools.Services.Tests.Plans;
using AzImageTools.Services.Upload.Resume;
using AzImageTools.Services.Upload.Source;
using AzImageTools.Services.Upload.Transfer;
using AzImageTools.TestKit;
using CsCheck;

namespace AzImageTools.Services.Tests.Upload;

public sealed class JournalTests : IDisposable
{
    private const long Capacity = 40L << 20;
    private readonly TempFolder _folder = new();
    private readonly string _path;

    public JournalTests()
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
        Source = new SourceIdentity("/disks/ä \n.vhdx", DiskFormat.Vhdx, Capacity, [new SourceFile("/disks/ä \n.vhdx", 5, DateTimeOffset.UnixEpoch)]),
    };

    private static SentChunk Chunk(int index) => new((long)index << 22, 4 << 20, [new SentRange(((long)index << 22) + 4096, 8192, 7), new SentRange(((long)index << 22) + (1 << 20), 512, 8)]);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_was_appended_is_read_again()
    {
        Write(Chunk(3), Chunk(1), new SentChunk(2 << 22, 512, []));

        JournalContent content = JournalReader.Read(_path)!;

        Assert.Equal(Header with { Source = content.Header.Source }, content.Header);
        Assert.Null(Header.Source.FindDifference(content.Header.Source));
        Assert.Equal(3, content.ChunkCount);
        Assert.Equal(2 * (8192 + 512), content.BytesDone);
        Assert.True(content.Tells(Chunk(3)));
        Assert.True(content.Tells(new SentChunk(2 << 22, 512, [])));
        Assert.True(content.Names(new Chunk(3 << 22, 4 << 20, [])));
        Assert.False(content.Names(new Chunk(3 << 22, 2 << 20, [])));
        Assert.False(content.Names(new Chunk(4 << 22, 4 << 20, [])));
        Assert.False(content.IsVerified);
        Assert.Equal(new FileInfo(_path).Length, content.ValidLength);
    }

    [Fact]
    public void Of_chunks_that_overlap_since_the_disk_was_cut_differently_the_later_one_counts()
    {
        SentChunk early = new(0, 4 << 20, [new SentRange(0, 4096, 1)]);
        SentChunk untouched = new(12 << 20, 512, [new SentRange(12 << 20, 512, 2)]);
        SentChunk late = new(2 << 20, 4 << 20, [new SentRange(2 << 20, 8192, 3)]);
        Write(new SentChunk(5 << 20, 4 << 20, [new SentRange(5 << 20, 512, 4)]), early, untouched, late);

        JournalContent content = JournalReader.Read(_path)!;

        Assert.Equal(8192 + 512, content.BytesDone);
    }

    [Fact]
    public void The_end_of_the_pages_is_noted_until_a_chunk_follows()
    {
        using (UploadJournal journal = UploadJournal.Create(_path, Header, OperationContext.None))
        {
            journal.Append(Chunk(0));
            journal.AppendVerified();
        }

        JournalContent content = JournalReader.Read(_path)!;
        Assert.True(content.IsVerified);
        using (UploadJournal journal = UploadJournal.Continue(_path, OperationContext.None))
        {
            journal.Append(Chunk(1));
        }

        Assert.False(JournalReader.Read(_path)!.IsVerified);
    }

    [Fact]
    public void A_journal_torn_anywhere_keeps_the_chunks_before_and_is_written_on_from_there()
        => Gen.Int[0, 2000].Sample(cut =>
        {
            using TempFolder folder = new();
            string path = folder.File("j");
            using (UploadJournal journal = UploadJournal.Create(path, Header, OperationContext.None))
            {
                journal.Append(Chunk(0));
                journal.Append(Chunk(1));
            }

            byte[] whole = File.ReadAllBytes(path);
            cut = Math.Min(cut, whole.Length);
            int[] ends = [.. whole.Select((value, index) => (value, index)).Where(pair => pair.value == '\n').Select(pair => pair.index + 1)];
            File.WriteAllBytes(path, whole[..cut]);
            if (cut < ends[0])
            {
                Assert.True(cut == 0 ? JournalReader.Read(path) is null : Assert.Throws<ImageServiceException>(() => JournalReader.Read(path)).ErrorId == "JournalInvalid");
                return;
            }

            JournalContent content = JournalReader.Read(path)!;
            Assert.Equal(ends.Count(end => end <= cut) - 1, content.ChunkCount);
            using (UploadJournal journal = UploadJournal.Continue(path, OperationContext.None))
            {
                journal.Append(Chunk(5));
            }

            Assert.Equal(content.ChunkCount + 1, JournalReader.Read(path)!.ChunkCount);
        }, iter: 200);

    [Fact]
    public void A_flipped_bit_anywhere_never_makes_a_chunk_that_was_not_written()
    {
        Write(Chunk(0), Chunk(1), Chunk(2));
        byte[] whole = File.ReadAllBytes(_path);

        Gen.Int[0, (whole.Length * 8) - 1].Sample(bit =>
        {
            byte[] damaged = (byte[])whole.Clone();
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            using MemoryStream stream = new(damaged);
            JournalContent? content = JournalReader.Read(stream);
            Assert.Equal(content?.ChunkCount ?? 0, Enumerable.Range(0, 3).Count(index => content?.Tells(Chunk(index)) == true));
        }, iter: 2000);
    }

    [Theory]
    [InlineData("c 0 400000 200 200 1")]
    [InlineData("v")]
    public void Sound_lines_are_taken(string line) => Assert.True(IsTaken(line));

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("c")]
    [InlineData("c 0")]
    [InlineData("c 0 0")]
    [InlineData("c 1 200")]
    [InlineData("c 0 400200")]
    [InlineData("c 200 400200")]
    [InlineData("c 0 200 0 200")]
    [InlineData("c 0 200 0 400 1")]
    [InlineData("c 0 400 200 200 1 0 200 1")]
    [InlineData("c 0 400 0 200 1 0 200 1")]
    [InlineData("c 0 400 0 0 1")]
    [InlineData("c 0 400 0 fffffe00 1")]
    [InlineData("c -200 400")]
    [InlineData("c 2800000 200")]
    [InlineData("c fffffffffffffe00 200")]
    [InlineData("c 7ffffffffffffe00 200")]
    [InlineData("c 0 400 7ffffffffffffe00 200 1")]
    public void Forged_lines_with_a_right_checksum_end_the_journal(string line) => Assert.False(IsTaken(line));

    [Fact]
    public void A_foreign_tail_without_a_line_end_is_read_in_bounded_memory()
    {
        Write(Chunk(0));
        using (FileStream stream = new(_path, FileMode.Append))
        {
            stream.SetLength(3L << 30);
        }

        long before = GC.GetTotalAllocatedBytes();
        JournalContent content = JournalReader.Read(_path)!;

        Assert.Equal(1, content.ChunkCount);
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 8 << 20);
    }

    [Fact]
    public void Reading_a_journal_is_cancelled()
    {
        Write(Chunk(0));

        Assert.Throws<OperationCanceledException>(() => JournalReader.Read(_path, new CancellationToken(canceled: true)));
    }

    [Fact]
    public void Of_a_journal_with_more_chunks_than_the_disk_can_have_no_more_than_those_are_remembered()
    {
        const int Lines = 300_000;
        using (FileStream stream = new(_path, FileMode.Create))
        {
            // There is room for one at every 512 bytes, but a disk of 40 MiB is cut into 321 at most.
            stream.Write(JournalFormat.Write(Header));
            for (int line = 0; line < Lines; line++)
            {
                stream.Write(JournalFormat.Write(new SentChunk(line % (Capacity / 512) * 512, 512, [new SentRange(line % (Capacity / 512) * 512, 512, (ulong)line)])));
            }
        }

        JournalContent content = JournalReader.Read(_path)!;

        Assert.Equal((Capacity >> 17) + 1, content.ChunkCount);

        // Nor is more read than lines of those may take.
        Assert.InRange(content.ValidLength, 1 << 20, 4 << 20);
    }

    [Theory]
    [InlineData("this is no journal\n")]
    [InlineData("0000000000000000 h {}\n")]
    public void Another_file_of_that_name_is_refused_and_stays(string text)
    {
        File.WriteAllText(_path, text);

        Assert.Equal("JournalInvalid", Assert.Throws<ImageServiceException>(() => JournalReader.Read(_path)).ErrorId);
        Assert.Equal(text, File.ReadAllText(_path));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("[[[[[[[[[[[[[[[[[[[[")]
    [InlineData("{\"Version\":2}")]
    public void A_header_of_other_content_is_refused(string json)
    {
        File.WriteAllBytes(_path, Line("h " + json));

        Assert.Equal("JournalInvalid", Assert.Throws<ImageServiceException>(() => JournalReader.Read(_path)).ErrorId);
    }

    [Fact]
    public void A_journal_is_written_by_one_upload_at_a_time()
    {
        using (UploadJournal journal = UploadJournal.Create(_path, Header, OperationContext.None))
        {
            Assert.Equal("UploadInProgress", Assert.Throws<ImageServiceException>(() => UploadJournal.Create(_path, Header, OperationContext.None)).ErrorId);
            Assert.Equal("UploadInProgress", Assert.Throws<ImageServiceException>(() => JournalReader.Read(_path)).ErrorId);
            journal.Append(Chunk(0));
        }

        Assert.Equal(1, JournalReader.Read(_path)!.ChunkCount);
    }

    [Fact]
    public void A_folder_that_is_not_there_is_a_clear_error()
    {
        ImageServiceException error = Assert.Throws<ImageServiceException>(() => UploadJournal.Create(Path.Combine(_folder.FullName, "no", "j"), Header, OperationContext.None));

        Assert.Equal("JournalNotWritable", error.ErrorId);
        Assert.Contains("-JournalPath", error.Message);
    }

    [Fact]
    public void A_disk_full_for_the_journal_ends_it_with_one_warning_and_leaves_it_sound()
    {
        byte[] first = JournalFormat.Write(Header);
        RecordingLog log = new();
        FullStream stream = new(first.Length + JournalFormat.Write(Chunk(0)).Length + 10);
        stream.Write(first);
        using (UploadJournal journal = new(stream, _path, JournalContent.Begin(Header, first.Length), new() { Log = log }))
        {
            for (int index = 0; index < 4; index++)
            {
                journal.Append(Chunk(index));
            }
        }

        Assert.Contains("No space left", Assert.Single(log.Warnings));
        JournalContent content = JournalReader.Read(new MemoryStream(stream.ToArray()))!;
        Assert.Equal(1, content.ChunkCount);
        Assert.True(content.Tells(Chunk(0)));
    }

    [Fact]
    public void Each_target_of_a_disk_has_a_journal_of_its_own()
    {
        string one = UploadJournal.PathFor("/disks/web.vhdx", null, "https://a/c/1.vhd");

        Assert.Equal("/disks", Path.GetDirectoryName(one)!.Replace('\\', '/'));
        Assert.StartsWith("web.vhdx.", Path.GetFileName(one));
        Assert.EndsWith(UploadJournal.Extension, one);
        Assert.NotEqual(one, UploadJournal.PathFor("/disks/web.vhdx", null, "https://a/c/2.vhd"));
        Assert.Equal(one, UploadJournal.PathFor("/disks/web.vhdx", "/disks", "https://A/c/1.vhd"));
    }

    private static byte[] Line(string text)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(text);
        return [.. Encoding.ASCII.GetBytes($"{Crc64Nvme.Compute(bytes):x16} "), .. bytes, (byte)'\n'];
    }

    private static bool IsTaken(string text)
    {
        byte[] line = Line(text);
        return JournalFormat.TryRead(line.AsSpan(0, line.Length - 1), Capacity, out _);
    }

    private void Write(params SentChunk[] chunks)
    {
        using UploadJournal journal = UploadJournal.Create(_path, Header, OperationContext.None);
        foreach (SentChunk chunk in chunks)
        {
            journal.Append(chunk);
        }
    }
}
