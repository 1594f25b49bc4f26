namespace AzImageTools.Sandbox.Storage;

/// <summary>A file in a folder that is held open as long as the folder has an owner. The system lets go of it however the owner ends.</summary>
internal sealed class FolderLock : IDisposable
{
    public const string FileName = ".lock";

    private readonly FileStream _file;

    private FolderLock(FileStream file)
    {
        _file = file;
    }

    /// <summary>Takes the folder; makes the file where there is none.</summary>
    /// <exception cref="IOException">The folder has an owner, or can't be written to.</exception>
    public static FolderLock Take(string folder) => new(Open(folder, FileMode.OpenOrCreate));

    /// <summary>Takes a folder that had an owner once; null where it has one, or has none of our files.</summary>
    public static FolderLock? TryTakeAbandoned(string folder)
    {
        try
        {
            return new FolderLock(Open(folder, FileMode.Open));
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    public void Dispose() => _file.Dispose();

    private static FileStream Open(string folder, FileMode mode)
        => new(Path.Combine(folder, FileName), mode, FileAccess.ReadWrite, FileShare.None, bufferSize: 1);
}
