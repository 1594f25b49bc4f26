using AzImageTools.Disks;
using AzImageTools.Services.Upload.Resume;
using AzImageTools.Services.Upload.Source;
using AzImageTools.Services.Upload.Transfer;
using AzImageTools.TestKit;

namespace AzImageTools.Services.Tests.Upload;

/// <summary>When what is noted of an upload reaches the drive.</summary>
public sealed class JournalFlushTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_is_appended_reaches_the_drive_once_a_second_and_no_more_often()
    {
        string path = _folder.File("d.azupload");
        SteppedTime time = new();
        using NotingFile file = new(path);
        JournalHeader header = new()
        {
            Version = JournalHeader.CurrentVersion,
            RunId = "run",
            LeaseId = Guid.Empty,
            Target = "blob",
            Length = (1 << 30) + 512,
            Begun = default,
            Source = new SourceIdentity("/d.vhd", DiskFormat.Vhd, 1 << 30, []),
        };
        using UploadJournal journal = new(file, path, JournalContent.Begin(header, end: 0), new() { Time = time });
        List<int> flushes = [];

        foreach (double seconds in new[] { 0, 0.9, 0.1, 0, 0.9, 0.1, 5, 0 })
        {
            time.Advance(TimeSpan.FromSeconds(seconds));
            journal.Append(new SentChunk((long)flushes.Count << 22, 4 << 20, []));
            flushes.Add(file.FlushesToDrive);
        }

        Assert.Equal([0, 0, 1, 1, 1, 2, 3, 3], flushes);
    }

    private sealed class NotingFile(string path) : FileStream(path, FileMode.Create, FileAccess.ReadWrite, FileShare.None, bufferSize: 1)
    {
        public int FlushesToDrive { get; private set; }

        public override void Flush(bool flushToDisk)
        {
            FlushesToDrive += flushToDisk ? 1 : 0;
            base.Flush(flushToDisk);
        }
    }
}
