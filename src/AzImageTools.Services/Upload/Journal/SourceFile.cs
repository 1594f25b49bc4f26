namespace AzImageTools.Services.Upload.Journal;

/// <summary>A file of the disk that is uploaded, by what changes when somebody writes to it.</summary>
/// <param name="Path">Its full path.</param>
/// <param name="Length">Its length in bytes.</param>
/// <param name="LastWriteTime">When it was last written.</param>
internal sealed record SourceFile(string Path, long Length, DateTimeOffset LastWriteTime)
{
    /// <summary>The file as it is now; length -1 where it is gone.</summary>
    public static SourceFile Of(string path)
    {
        FileInfo file = new(path);
        return file.Exists ? new SourceFile(path, file.Length, new DateTimeOffset(file.LastWriteTimeUtc, TimeSpan.Zero)) : new SourceFile(path, -1, default);
    }
}
