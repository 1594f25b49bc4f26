namespace AzImageTools.Disks.Volumes.Ntfs;

/// <summary>How far a node of a folder's index is gone through.</summary>
internal sealed class NodePosition(List<IndexEntry> entries)
{
    private int _next;
    private bool _isChildDone;

    public bool IsAtEnd => _next == entries.Count;

    /// <summary>The entry that is due, or the number of its child where that comes first.</summary>
    public IndexEntry Take(out long? child)
    {
        IndexEntry entry = entries[_next];
        child = _isChildDone ? null : entry.Child;
        _isChildDone = child is not null;
        _next += _isChildDone ? 0 : 1;
        return entry;
    }
}
