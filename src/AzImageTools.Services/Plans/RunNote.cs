using System.Text;

namespace AzImageTools.Services.Plans;

/// <summary>
/// A note on this machine that a run is going on: a file of the run's id, which is held open as long as the process lives, and removed at the run's
/// end, whichever that is: then what it made was told. A note that is there and that nobody holds is of a run that was killed. It tells besides, each
/// before it is done, what nothing in Azure tells afterwards (<see cref="RunFact"/>).
/// </summary>
internal sealed class RunNote : IDisposable
{
    private const string Extension = ".plan";

    /// <summary>After that nobody runs the same again because it was killed.</summary>
    private static readonly TimeSpan LongestUse = TimeSpan.FromDays(30);

    private readonly FileStream _file;

    private RunNote(FileStream file)
    {
        _file = file;
    }

    /// <summary>Begins a note.</summary>
    /// <param name="folder">Where; null for nowhere.</param>
    /// <param name="runId">The run's id.</param>
    /// <returns>Null where it can't be written: then the run, if it is killed, is told from no other.</returns>
    public static RunNote? TryBegin(string? folder, string runId)
    {
        if (folder is null)
        {
            return null;
        }

        try
        {
            MakeFolder(folder);
            RemoveOld(folder);
            return new RunNote(new FileStream(PathOf(folder, runId), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None));
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            return null;
        }
    }

    /// <summary>Whether a run of this machine was killed.</summary>
    /// <param name="folder">Where notes are; null for nowhere.</param>
    /// <param name="runId">The run's id, as a tag tells it; null for none.</param>
    public static bool IsOfKilled(string? folder, string? runId)
    {
        // A tag is anybody's text: it must not become a path.
        if (folder is null || runId is not { Length: 16 } || !runId.All(letter => letter is (>= '0' and <= '9') or (>= 'a' and <= 'f')))
        {
            return false;
        }

        try
        {
            using FileStream file = new(PathOf(folder, runId), FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            return true;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Notes something on the drive, before it is done.</summary>
    public void Tell(RunFact fact)
    {
        byte[] line = Encoding.UTF8.GetBytes(fact.ToLine() + "\n");
        lock (_file)
        {
            try
            {
                _file.Write(line, 0, line.Length);
                _file.Flush(flushToDisk: true);
            }
            catch (IOException)
            {
                // A drive that is full ends no run.
            }
        }
    }

    /// <summary>What runs of this machine that were killed told, and nobody has forgotten.</summary>
    /// <param name="folder">Where notes are; null for nowhere.</param>
    public static IReadOnlyList<RunFact> ToldByKilled(string? folder)
    {
        List<RunFact> facts = [];
        foreach (string path in FilesIn(folder))
        {
            try
            {
                using FileStream file = new(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
                facts.AddRange(RunFact.Read(file));
            }
            catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
            {
                // Its run lives, or it is gone.
            }
        }

        return facts;
    }

    /// <summary>Takes out of the notes of killed runs what is no more. The notes stay: they tell of other things by their names.</summary>
    /// <param name="folder">Where notes are; null for nowhere.</param>
    /// <param name="isOver">What is no more.</param>
    public static void Forget(string? folder, Func<RunFact, bool> isOver)
    {
        foreach (string path in FilesIn(folder))
        {
            try
            {
                using FileStream file = new(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
                IReadOnlyList<RunFact> facts = RunFact.Read(file);
                RunFact[] kept = [.. facts.Where(fact => !isOver(fact))];
                if (kept.Length < facts.Count)
                {
                    byte[] text = Encoding.UTF8.GetBytes(string.Concat(kept.Select(fact => fact.ToLine() + "\n")));
                    file.SetLength(0);
                    file.Write(text, 0, text.Length);
                }
            }
            catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
            {
                // As above.
            }
        }
    }

    /// <summary>Lets go of the note, which stays, as that of a run which was killed: something that it tells is still so.</summary>
    public void Leave() => _file.Dispose();

    /// <summary>Makes the folder, which nobody else may look into.</summary>
    public static void MakeFolder(string folder)
    {
#if NET
        if (!OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            return;
        }
#endif

        // The user's own folders are nobody else's on Windows.
        Directory.CreateDirectory(folder);
    }

    /// <summary>Removes the note: the run has ended.</summary>
    public void Dispose()
    {
        _file.Dispose();
        TryDelete(_file.Name);
    }

    private static IEnumerable<string> FilesIn(string? folder)
    {
        try
        {
            return folder is null || !Directory.Exists(folder) ? [] : Directory.GetFiles(folder, "*" + Extension);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static string PathOf(string folder, string runId) => Path.Combine(folder, runId + Extension);

    private static void RemoveOld(string folder)
    {
        foreach (string path in Directory.EnumerateFiles(folder, "*" + Extension).Where(path => DateTime.UtcNow - File.GetLastWriteTimeUtc(path) > LongestUse).ToList())
        {
            TryDelete(path);
        }
    }

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            // Where it stays, it is of a run whose things are all told, or gone.
        }
    }
}
