using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace AzImageTools.Disks.Overlay;

/// <summary>
/// The changes to a disk, kept in a file beside it. Whoever can write there may have written it: all that is read of it is
/// bounded and checked, and it is never used unasked.
/// </summary>
internal sealed class RepairFile
{
    private const string Extension = ".azrepair";
    private const string Remedy = "Undo-AzVhdRepair -Force removes it; the disk is as it was.";

    private readonly List<RepairChange> _changes = [];

    private RepairFile(string path, long capacity)
    {
        Path = path;
        Capacity = capacity;
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>The capacity of the disk that it is for, in bytes.</summary>
    public long Capacity { get; }

    /// <summary>The changes, the first one first.</summary>
    public IReadOnlyList<RepairChange> Changes => _changes;

    /// <summary>The sum in the last line, which those before it lead to: two files with the same make the same of a disk. Null where nothing is kept.</summary>
    public string? Sum => _changes.Count == 0 ? null : _changes[_changes.Count - 1].Sum;

    /// <summary>Where the changes of a disk are kept.</summary>
    /// <param name="disk">The disk image's path.</param>
    public static string PathFor(string disk) => disk + Extension;

    /// <summary>Reads the changes of a disk; null where none are kept.</summary>
    /// <param name="path">The file.</param>
    /// <param name="cancellation">Stops reading.</param>
    /// <exception cref="DiskRepairException">It is damaged, or no such file.</exception>
    /// <exception cref="IOException">It can't be read.</exception>
    public static RepairFile? TryRead(string path, CancellationToken cancellation)
    {
        if (OrdinaryFile.FindHindrance(path, followsLinks: false) is { } hindrance)
        {
            throw Invalid(path, $"it {hindrance}");
        }

        if (!File.Exists(path))
        {
            return null;
        }

        using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        using RepairLines lines = new(stream, path, cancellation);
        if (stream.Length > RepairFormat.LongestFile)
        {
            throw Invalid(path, $"it has {stream.Length} bytes, and {RepairFormat.LongestFile} are the most");
        }

        List<RepairChange> changes = [];
        RepairSize size = default;
        long capacity = lines.TryRead() is { } header && RepairFormat.ReadHeader(header) is { } told ? told : throw Invalid(path, "it does not begin as one");
        while (lines.TryRead() is { } line)
        {
            changes.Add(ReadChange(line, lines, capacity, ref size, path));
        }

        RepairFile file = new(path, capacity);
        file._changes.AddRange(changes);
        return changes.Count > 0 ? file : throw Invalid(path, "it holds none");
    }

    /// <summary>Reads the changes of a disk, which must be there.</summary>
    /// <exception cref="DiskRepairException">There are none; or the file is damaged, or something else.</exception>
    /// <exception cref="IOException">It can't be read.</exception>
    public static RepairFile Read(string path, CancellationToken cancellation)
        => TryRead(path, cancellation)
            ?? throw new DiskRepairException(DiskRepairProblem.RepairNotFound, path, $"No changes are kept for this disk: there is no file {path}.", "Set-AzVhdRegistryValue makes changes.");

    /// <summary>Nothing yet for a disk.</summary>
    public static RepairFile For(string path, long capacity) => new(path, capacity);

    /// <summary>The same changes, and one more.</summary>
    /// <exception cref="DiskRepairException">It is more than is kept beside a disk.</exception>
    public RepairFile With(RepairChange change)
    {
        List<RepairChange> changes = [.. _changes, change];
        RepairSize size = new(changes.Sum(static made => made.BytesWritten), changes.Sum(static made => made.BytesRead));
        return size.IsTooLarge
            ? throw new DiskRepairException(
                DiskRepairProblem.RepairTooLarge,
                Path,
                $"With this change, {Path} would write {size.Written} bytes of the disk and be made for {size.Read}; {RepairFormat.MostWritten} and {RepairFormat.MostRead} are the most.",
                "Convert the disk with what is kept (Convert-AzVhd -UseRepair), and go on with the result.")
            : WithChanges(changes);
    }

    /// <summary>The first of the changes.</summary>
    /// <param name="count">How many.</param>
    public RepairFile Keep(int count) => WithChanges(_changes.Take(count));

    /// <summary>Lays the changes over the disk that they were made for.</summary>
    /// <param name="source">The disk without them; must stay readable as long as the overlay is.</param>
    /// <param name="seen">What reads of the disk go through once it is known to be the one; null for itself.</param>
    /// <exception cref="DiskRepairException">It is another disk, or was changed since: it has other bytes where it was read for them.</exception>
    /// <exception cref="DiskFormatException">The disk can't be read there.</exception>
    public DiskOverlay LayOver(IByteSource source, IByteSource? seen = null)
    {
        if (source.Length != Capacity)
        {
            throw Foreign(source, string.Format(CultureInfo.InvariantCulture, "that has {0} bytes, and this has {1}", Capacity, source.Length));
        }

        DiskOverlay overlay = new(seen ?? source);
        try
        {
            foreach (RepairChange change in _changes)
            {
                foreach ((DiskExtent range, string sum) in change.Basis)
                {
                    if (Sha256Sum.Of(source, range) != sum)
                    {
                        throw Foreign(source, $"this has other bytes from {range.Offset} on");
                    }
                }

                foreach (OverlayChange write in change.Writes)
                {
                    byte[] before = new byte[write.Before.Length];
                    overlay.Read(write.Offset, before);
                    if (!write.Before.Span.SequenceEqual(before))
                    {
                        throw Foreign(source, $"this has other bytes at {write.Offset}");
                    }

                    overlay.Write(write.Offset, write.After.Span);
                }
            }

            return overlay;
        }
        catch
        {
            overlay.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Writes the file, or removes it where no change is left. It takes the other's place in one step, when it is whole and on
    /// the device; killed before, the other one stays.
    /// </summary>
    /// <param name="replaced">The sum of the file that it was made of, which must be there still; null where there was none.</param>
    /// <exception cref="DiskRepairException">It can't be written, or somebody else changed it meanwhile.</exception>
    public void Save(string? replaced)
    {
        try
        {
            RepairFileWriter.Replace(Path, _changes.Count == 0 ? null : Write, () => RequireUnchanged(replaced));
        }
        catch (UnauthorizedAccessException exception)
        {
            throw NotWritable(exception);
        }
        catch (IOException exception) when (exception is not DiskException)
        {
            throw NotWritable(exception);
        }
    }

    /// <summary>The error of a file that is not what it should be.</summary>
    internal static DiskRepairException Invalid(string path, string reason)
        => new(DiskRepairProblem.RepairFileInvalid, path, $"{path} does not hold changes to a disk as they are kept beside it: {reason}.", Remedy);

    private static RepairChange ReadChange(string first, RepairLines lines, long capacity, ref RepairSize size, string path)
    {
        RepairChange change = RepairFormat.ReadBeginning(first) ?? throw Invalid(path, $"line {lines.Number} does not begin a change");
        while (true)
        {
            string line = lines.TryRead() ?? throw Invalid(path, "it ends within a change");
            if (RepairFormat.ReadEnd(line) is { } told)
            {
                return told == lines.CompleteSum() && change.Writes.Count > 0 ? change with { Sum = told } : throw Invalid(path, $"the checksum in line {lines.Number} is wrong");
            }

            if (!RepairFormat.TryAdd(change, line, capacity))
            {
                throw Invalid(path, $"line {lines.Number} makes no sense");
            }

            size = size.WithLast(change, isRead: line[0] == 'r');
            if (size.IsTooLarge)
            {
                throw Invalid(path, $"it writes more than {RepairFormat.MostWritten} bytes, or was made for more than {RepairFormat.MostRead}");
            }
        }
    }

    private RepairFile WithChanges(IEnumerable<RepairChange> changes)
    {
        RepairFile file = new(Path, Capacity);
        file._changes.AddRange(changes);
        return file;
    }

    private void Write(Stream stream)
    {
        using Sha256Sum sum = new();
        Write(RepairFormat.Header(Capacity));
        foreach (RepairChange change in _changes)
        {
            foreach (string line in RepairFormat.LinesOf(change))
            {
                Write(line);
            }

            Write(RepairFormat.End(sum.Complete()));
        }

        void Write(string line)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(line + "\n");
            sum.Append(bytes, bytes.Length);
            stream.Write(bytes, 0, bytes.Length);
        }
    }

    private void RequireUnchanged(string? replaced)
    {
        string? now = TryReadSum();
        if (now != replaced)
        {
            throw new DiskRepairException(DiskRepairProblem.RepairFileChanged, Path, $"Somebody else changed {Path} meanwhile. Nothing was kept.", "Run the command again.");
        }
    }

    private string? TryReadSum()
    {
        if (!File.Exists(Path) && OrdinaryFile.FindHindrance(Path, followsLinks: false) is null)
        {
            return null;
        }

        return TryRead(Path, CancellationToken.None)?.Sum;
    }

    private DiskRepairException Foreign(IByteSource source, string difference)
        => new(
            DiskRepairProblem.RepairOfAnotherDisk,
            Path,
            $"The changes in {Path} were made for another disk than {source.Name}, or it was written to since: {difference}.",
            "Make them anew: Undo-AzVhdRepair removes them.");

    private DiskRepairException NotWritable(Exception cause)
        => new(DiskRepairProblem.RepairFileNotWritable, Path, $"{Path} can't be written: {cause.Message}", "Changes are kept beside the disk, so its folder must be writable.", cause);
}

/// <summary>How large the changes of a disk are.</summary>
/// <param name="Written">How many bytes they write.</param>
/// <param name="Read">For how many bytes they were made.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct RepairSize(long Written, long Read)
{
    /// <summary>Whether it is more than is kept beside a disk.</summary>
    public bool IsTooLarge => Written > RepairFormat.MostWritten || Read > RepairFormat.MostRead;

    /// <summary>The size with what was added last to a change.</summary>
    public RepairSize WithLast(RepairChange change, bool isRead) => isRead
        ? this with { Read = Read + change.Basis[change.Basis.Count - 1].Range.Length }
        : this with { Written = Written + change.Writes[change.Writes.Count - 1].After.Length };
}
