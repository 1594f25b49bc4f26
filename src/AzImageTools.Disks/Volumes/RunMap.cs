namespace AzImageTools.Disks.Volumes;

/// <summary>
/// The pieces of a file's content by their place in it: each begins where the one before it ends, the first at 0. They are
/// followed only as far as they are asked for. Thread-safe.
/// </summary>
internal sealed class RunMap(IEnumerable<FileRun> runs)
{
    private readonly object _gate = new();
    private readonly List<FileRun> _runs = [];
    private IEnumerator<FileRun>? _more = runs.GetEnumerator();

    /// <summary>Finds the piece that holds a byte of the file; false where the pieces end before it.</summary>
    public bool TryFind(long position, out FileRun run)
    {
        lock (_gate)
        {
            FollowTo(position);
            int index = Bisection.FindFirst(_runs, candidate => candidate.FileEnd > position);
            run = index < _runs.Count ? _runs[index] : default;
            return position < run.FileEnd;
        }
    }

    private void FollowTo(long position)
    {
        while (_more is not null && (_runs.Count == 0 || _runs[_runs.Count - 1].FileEnd <= position))
        {
            if (_more.MoveNext())
            {
                _runs.Add(_more.Current);
            }
            else
            {
                _more.Dispose();
                _more = null;
            }
        }
    }
}
