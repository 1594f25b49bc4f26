namespace AzImageTools.Sandbox.Storage.Keeping;

/// <summary>Bytes in a file of the folder.</summary>
internal sealed record KeptPages
{
    public required string File { get; init; }

    /// <summary>In bytes.</summary>
    public required long Length { get; init; }

    /// <summary>Start and end of each range that holds pages, in turn.</summary>
    public required long[] Written { get; init; }

    public static KeptPages Of(PageData data) => new()
    {
        File = Path.GetFileName(data.Path),
        Length = data.Length,
        Written = Flatten(data.GetWritten(new PageRange(0, data.Length))),
    };

    public PageData Open(PageFolder folder) => folder.Open(File, Length, Ranges(Written));

    public static long[] Flatten(IEnumerable<PageRange> ranges) => [.. ranges.SelectMany(range => new[] { range.Start, range.End })];

    public static IEnumerable<PageRange> Ranges(long[] ends)
    {
        for (var index = 0; index + 1 < ends.Length; index += 2)
        {
            yield return ends[index] >= 0 && ends[index] < ends[index + 1]
                ? new PageRange(ends[index], ends[index + 1])
                : throw new InvalidDataException("A range of pages is none.");
        }
    }
}
