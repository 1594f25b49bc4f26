namespace AzImageTools.Disks.Overlay;

/// <summary>Puts a file in another's place in one step. It is made under a hidden name, which one process at a time has to itself.</summary>
internal static class RepairFileWriter
{
    private const string Extension = ".partial";

    /// <summary>Replaces a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="write">Writes the new one; null to remove the file.</param>
    /// <param name="check">Called when the new one is whole, right before it takes the other's place; what it throws leaves that.</param>
    public static void Replace(string path, Action<Stream>? write, Action check)
    {
        string partial = Path.Combine(Path.GetDirectoryName(path)!, "." + Path.GetFileName(path) + Extension);
        FileStream stream = Create(partial, path);
        bool isMoved = false;
        try
        {
            using (stream)
            {
                write?.Invoke(stream);
                stream.Flush(flushToDisk: true);
                check();
                if (write is null)
                {
                    File.Delete(path);
                }
                else
                {
                    Move(partial, path);
                    isMoved = true;
                }
            }
        }
        finally
        {
            if (!isMoved)
            {
                File.Delete(partial);
            }
        }
    }

    private static void Move(string from, string to)
    {
#if NET
        File.Move(from, to, overwrite: true);
#else
        if (File.Exists(to))
        {
            File.Replace(from, to, destinationBackupFileName: null);
        }
        else
        {
            File.Move(from, to);
        }
#endif
    }

    private static FileStream Create(string partial, string path)
    {
        // Nobody has open what a killed run left.
        if (File.Exists(partial) && OrdinaryFile.FindHindrance(partial, followsLinks: false) is null)
        {
            try
            {
                using FileStream unused = new(partial, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException exception) when (File.Exists(partial))
            {
                throw new DiskRepairException(DiskRepairProblem.RepairFileInUse, path, $"Another process is writing {path}.", "Wait for it, and run the command again.", exception);
            }
        }

        File.Delete(partial);

        // A file that is open is moved: Windows wants that to be shared, and elsewhere no sharing is what keeps others out.
        FileShare share = Path.DirectorySeparatorChar == '/' ? FileShare.None : FileShare.Delete;
#if NET
        FileStreamOptions options = new() { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Share = share };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return new FileStream(partial, options);
#else
        return new FileStream(partial, FileMode.CreateNew, FileAccess.ReadWrite, share);
#endif
    }
}
