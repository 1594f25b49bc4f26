namespace AzImageTools.Disks.Volumes;

/// <summary>A file's content as a stream; small reads go through one buffer. Not thread-safe, as streams are.</summary>
internal sealed class FileContentStream(FileContent content) : ReadOnlyStream(content.Length)
{
    private readonly BufferedContent _content = new(content);

    public override ReadBudget Budget => content.Budget;

    public override void Prefetch(IEnumerable<DiskExtent> ranges) => content.Prefetch(ranges);

    protected override void ReadAt(long position, Span<byte> destination) => _content.Read(position, destination);
}
