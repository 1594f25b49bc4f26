using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Configuration;

namespace AzImageTools.Sandbox.Storage.Keeping;

/// <summary>
/// Keeps a cloud in a folder: holds the folder for this cloud alone, reads what is there, and writes it again soon after each change. Operations
/// that are under way when the process is ended are not gone on with: the next cloud tells them, and what they were making, as failed. At
/// <see cref="SaveAtEnd"/> there are none any more: the cloud has brought them to their end.
/// </summary>
internal sealed class StateKeeper : IDisposable
{
    /// <summary>How long changes are gathered.</summary>
    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(250);

    private readonly object _saving = new();
    private readonly FolderLock _lock;
    private readonly StateFile _file;
    private readonly Timer _timer;
    private CloudState? _state;
    private IReadOnlyList<IKeptPart> _parts = [];
    private JsonObject _head = [];
    private JsonObject? _saved;
    private int _isScheduled;
    private bool _isEnded;

    /// <param name="folder">The folder; made where it is missing.</param>
    /// <exception cref="SandboxStateException">The folder is another cloud's, can't be written to, or holds what can't be read.</exception>
    public StateKeeper(string folder)
    {
        folder = Path.GetFullPath(folder);
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            throw NotWritable(folder, problem);
        }

        _lock = Take(folder);
        _file = new StateFile(folder);
        try
        {
            _saved = _file.Read();
        }
        catch
        {
            _lock.Dispose();
            throw;
        }

        _timer = new Timer(_ => SaveInBackground(), state: null, Timeout.Infinite, Timeout.Infinite);
    }

    /// <summary>Reads something of what the folder holds; null where it holds nothing.</summary>
    /// <exception cref="SandboxStateException">It can't be read.</exception>
    public T? Read<T>(Func<JsonObject, T> read)
        where T : class
    {
        try
        {
            return _saved is null ? null : read(_saved);
        }
        catch (Exception problem) when (StateFile.IsDamage(problem))
        {
            throw _file.Unreadable(problem.Message, problem);
        }
    }

    /// <summary>Loads the parts that were kept, and keeps them from now on.</summary>
    /// <param name="state">The cloud.</param>
    /// <param name="head">What else the file tells.</param>
    /// <param name="parts">The parts, in the order in which they are to be loaded.</param>
    /// <returns>Whether there was anything to load.</returns>
    /// <exception cref="SandboxStateException">It can't be read.</exception>
    public bool Load(CloudState state, JsonObject head, IReadOnlyList<IKeptPart> parts)
    {
        (_state, _head, _parts) = (state, head, parts);
        if (_saved is not { } saved)
        {
            return false;
        }

        try
        {
            lock (state.Gate)
            {
                foreach (var part in parts)
                {
                    if (saved[part.Name] is { } kept)
                    {
                        part.Load(kept);
                    }
                }

                // What can't be kept again was not whole.
                _ = StateFile.Compose(head, parts);
            }
        }
        catch (Exception problem) when (StateFile.IsDamage(problem))
        {
            throw _file.Unreadable(problem.Message, problem);
        }

        _saved = null;
        return true;
    }

    /// <summary>To be told of each change.</summary>
    public void Changed()
    {
        if (Interlocked.Exchange(ref _isScheduled, 1) == 0)
        {
            lock (_saving)
            {
                if (!_isEnded)
                {
                    _timer.Change(Delay, Timeout.InfiniteTimeSpan);
                }
            }
        }
    }

    /// <summary>Writes what there is at the end.</summary>
    /// <exception cref="SandboxStateException">It can't be written.</exception>
    public void SaveAtEnd()
    {
        try
        {
            Save();
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw NotWritable(_state!.Folder.Path, problem);
        }
        finally
        {
            End();
        }
    }

    public void Dispose()
    {
        End();
        _lock.Dispose();
    }

    private static FolderLock Take(string folder)
    {
        try
        {
            return FolderLock.Take(folder);
        }
        catch (UnauthorizedAccessException problem)
        {
            throw NotWritable(folder, problem);
        }
        catch (IOException problem)
        {
            throw new SandboxStateException(
                SandboxStateProblem.InUse, folder, "Another sandbox works in '" + folder + "'.", "Disconnect it or end its process, or give another folder.", problem);
        }
    }

    private static SandboxStateException NotWritable(string folder, Exception cause)
        => new(SandboxStateProblem.NotWritable, folder, "The sandbox can't keep its state in '" + folder + "': " + cause.Message.TrimEnd('.') + ".", "See that the folder can be written to and has room.", cause);

    /// <summary>A disk that is full now may have room later: whoever changes something next tries again, and the end tells of it.</summary>
    private void SaveInBackground()
    {
        Interlocked.Exchange(ref _isScheduled, 0);
        try
        {
            Save();
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
        }
    }

    /// <summary>From now on nothing is written: the cloud is taken apart.</summary>
    private void End()
    {
        lock (_saving)
        {
            _isEnded = true;
            _timer.Dispose();
        }
    }

    private void Save()
    {
        lock (_saving)
        {
            if (_isEnded)
            {
                return;
            }

            byte[] content;
            IReadOnlyList<string> dropped;
            lock (_state!.Gate)
            {
                dropped = _state.Folder.TakeDropped();
                content = StateFile.Compose(_head, _parts);
            }

            _file.Write(content);
            PageFolder.Sweep(dropped);
        }
    }
}
