using System.Text;

namespace AzImageTools.Fuzz.Grammar;

/// <summary>
/// The index of an NTFS folder: sorted entries in its root, or in a tree of nodes, some of which lead to themselves or to others before them.
/// </summary>
/// <param name="canvas">The volume.</param>
/// <param name="clusterSize">How many bytes a cluster has.</param>
/// <param name="take">Takes so many clusters that lie together, and tells the first.</param>
internal sealed class NtfsIndex(Canvas canvas, int clusterSize, Func<int, long> take)
{
    private const int NodeSize = 4096;
    private const int FirstEntry = 64;
    private const int NodeHeader = 24;
    private const int EndSize = 24;
    private const int RootRoom = 360;
    private const int NodeRoom = NodeSize - FirstEntry - EndSize;

    private readonly List<(long Place, long Count)> _runs = [];
    private readonly FuzzRandom _random = canvas.Random;

    private int NodeClusters => Math.Max(1, NodeSize / clusterSize);

    /// <summary>Adds the attributes that hold a folder's entries.</summary>
    public void AddTo(NtfsRecord folder, IEnumerable<NtfsName> names)
    {
        List<Entry> level = [.. names.OrderBy(static name => name.Text.ToUpperInvariant(), StringComparer.Ordinal).Select(static name => new Entry(name, null))];
        long? last = null;
        int room = Math.Min(RootRoom, folder.Room - 200);
        for (int depth = 0; level.Sum(SizeOf) > room || (depth == 0 && _random.OneIn(4)); depth++)
        {
            (level, last) = Split(level, last);
        }

        int used = level.Sum(SizeOf) + (last is null ? EndSize - sizeof(long) : EndSize);
        long root = folder.AddResident(NtfsRecord.IndexRoot, "$I30", 32 + used);
        canvas.Little32(root, NtfsRecord.FileName);
        canvas.Little32(root + 4, 1);
        canvas.Little32(root + 8, NodeSize);
        canvas.Byte(root + 12, NodeClusters);
        WriteNode(root + 16, 16, used, level, last);
        if (_runs.Count > 0)
        {
            folder.AddNonResident(NtfsRecord.IndexAllocation, "$I30", 0, _runs, _runs.Count * NodeSize);
        }
    }

    private static int SizeOf(Entry entry) => ((16 + 66 + (entry.Name.Text.Length * sizeof(char)) + 7) & ~7) + (entry.Child is null ? 0 : sizeof(long));

    /// <summary>Puts entries into nodes; what is left are those between the nodes, each with the node before it, and the last node.</summary>
    private (List<Entry> Above, long? Last) Split(List<Entry> entries, long? last)
    {
        int most = _random.Pick([1, 4, 40]);
        List<Entry> above = [];
        int next = 0;
        while (true)
        {
            List<Entry> node = [];
            int size = 0;
            while (next < entries.Count && node.Count < most && size + SizeOf(entries[next]) <= NodeRoom)
            {
                size += SizeOf(entries[next]);
                node.Add(entries[next++]);
            }

            if (next == entries.Count)
            {
                return (above, AddNode(node, last));
            }

            Entry between = entries[next++];
            above.Add(between with { Child = AddNode(node, between.Child) });
        }
    }

    private long AddNode(List<Entry> entries, long? last)
    {
        long first = take(NodeClusters);
        long number = _runs.Sum(static run => run.Count);
        _runs.Add((_random.OneIn(100) && _runs.Count > 0 ? _runs[0].Place : first, NodeClusters));
        long place = first * clusterSize;
        canvas.Bytes(place, "INDX"u8);
        canvas.Little16(place + 4, 40);
        canvas.Little16(place + 6, (NodeSize / 512) + 1);
        canvas.Little64(place + 16, (ulong)number);
        WriteNode(place + NodeHeader, FirstEntry - NodeHeader, entries.Sum(SizeOf) + (last is null ? EndSize - sizeof(long) : EndSize), entries, last);
        NtfsRecord.Seal(canvas, place, NodeSize, 40);
        return number;
    }

    private void WriteNode(long header, int firstEntry, int used, List<Entry> entries, long? last)
    {
        canvas.Little32(header, firstEntry);
        canvas.Little32(header + 4, firstEntry + used);
        canvas.Little32(header + 8, firstEntry + used);
        canvas.Little32(header + 12, last is null ? 0 : 1);
        long place = header + firstEntry;
        foreach (Entry entry in entries)
        {
            int size = SizeOf(entry);
            canvas.Little64(place, NtfsRecord.ReferenceTo(entry.Name.File));
            canvas.Little16(place + 8, size);
            canvas.Little16(place + 10, 66 + (entry.Name.Text.Length * sizeof(char)));
            canvas.Little16(place + 12, entry.Child is null ? 0 : 1);
            entry.Name.Write(canvas, place + 16);
            WriteChild(place + size, entry.Child);
            place += size;
        }

        int end = last is null ? EndSize - sizeof(long) : EndSize;
        canvas.Little16(place + 8, end);
        canvas.Little16(place + 12, last is null ? 2 : 3);
        WriteChild(place + end, last);
    }

    /// <summary>The number of a node below, at the end of an entry; or of one above.</summary>
    private void WriteChild(long end, long? child)
    {
        if (child is { } number)
        {
            canvas.Little64(end - sizeof(long), (ulong)(_random.OneIn(100) ? _random.Below(_runs.Count) * NodeClusters : number));
        }
    }

    private sealed record Entry(NtfsName Name, long? Child);
}

/// <summary>A file's name in a folder.</summary>
/// <param name="Text">The name.</param>
/// <param name="File">The file's record.</param>
/// <param name="Folder">The folder's record.</param>
/// <param name="Attributes">The file's attributes.</param>
/// <param name="Tag">The tag of its reparse point; 0 for none.</param>
/// <param name="Length">The content's length.</param>
internal sealed record NtfsName(string Text, int File, int Folder, uint Attributes, uint Tag, long Length)
{
    /// <summary>How many bytes it takes.</summary>
    public int Size => 66 + (Text.Length * sizeof(char));

    /// <summary>Writes it as a $FILE_NAME.</summary>
    public void Write(Canvas canvas, long place)
    {
        canvas.Little64(place, NtfsRecord.ReferenceTo(Folder));
        for (int time = 8; time < 40; time += 8)
        {
            canvas.Little64(place + time, 0x01DB000000000000);
        }

        canvas.Little64(place + 40, (ulong)Length);
        canvas.Little64(place + 48, (ulong)Length);
        canvas.Little32(place + 56, Attributes);
        canvas.Little32(place + 60, Tag);
        canvas.Byte(place + 64, Text.Length);
        canvas.Byte(place + 65, canvas.Random.OneIn(12) ? 2 : 1);
        canvas.Bytes(place + 66, Encoding.Unicode.GetBytes(Text));
    }
}
