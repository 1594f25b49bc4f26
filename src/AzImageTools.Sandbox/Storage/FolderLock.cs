namespace AzImageTools.Sandbox.Storage;

/// <summary>A file in a folder that is held open as long as the folder has an owner. The system lets go of it however the owner ends.</summary>
internal sealed class FolderLock : IDisposable
{
    public const string FileName = ".lock";

    private readonly string _folder;
    private readonly FileStream _file;

    private FolderLock(string folder, FileMode mode)
    {
        _folder = folder;
        _file = new FileStream(Path.Combine(folder, FileName), mode, FileAccess.ReadWrite, FileShare.None, bufferSize: 1);

        // Where opening and locking are two things, whoever removes the folder may have had the lock in between.
        if (!File.Exists(_file.Name))
        {
            _file.Dispose();
            throw new IOException("The folder '" + folder + "' was removed.");
        }
    }

    /// <summary>Takes the folder; makes the file where there is none.</summary>
    /// <exception cref="IOException">The folder has an owner, or can't be written to.</exception>
    public static FolderLock Take(string folder) => new(folder, FileMode.OpenOrCreate);

    /// <summary>Takes a folder that had an owner once; null where it has one, or has none of our files.</summary>
    public static FolderLock? TryTakeAbandoned(string folder)
    {
        try
        {
            return new FolderLock(folder, FileMode.Open);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Removes the folder with all that is in it. The lock is held as long as possible, so that nobody else does the same or takes it.</summary>
    public void RemoveFolder()
    {
        foreach (var file in Directory.GetFiles(_folder).Where(file => Path.GetFileName(file) != FileName))
        {
            File.Delete(file);
        }

        try
        {
            File.Delete(_file.Name);
        }
        catch (IOException)
        {
            // Windows deletes no file that is open; there nobody comes between opening and locking either.
        }

        Dispose();
        try
        {
            Directory.Delete(_folder, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // Another sandbox that starts found it without an owner in the meantime.
        }
    }

    public void Dispose() => _file.Dispose();
}
