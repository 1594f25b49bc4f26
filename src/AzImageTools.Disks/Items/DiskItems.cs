using AzImageTools.Disks.Images;
using AzImageTools.Disks.Volumes;

namespace AzImageTools.Disks.Items;

/// <summary>The files and folders on the volumes of a disk image. Nothing is mounted, and only what is asked for is read.</summary>
public sealed class DiskItems : IDisposable
{
    private readonly OpenedImage _image;

    /// <summary>Takes over a disk image, which is closed with this.</summary>
    /// <param name="image">The image.</param>
    public DiskItems(OpenedImage image)
    {
        _image = image ?? throw new ArgumentNullException(nameof(image));
        Volumes = new VolumeSelection(image);
    }

    /// <summary>The full path of the disk image.</summary>
    public string DiskPath => _image.Name;

    internal VolumeSelection Volumes { get; }

    /// <summary>Opens the disk image that an item was found on, as it was opened then.</summary>
    /// <param name="item">The item.</param>
    /// <param name="cancellation">Stops all that reads from it.</param>
    /// <exception cref="DiskFormatException">The file is no disk image any more that can be read.</exception>
    /// <exception cref="IOException">The file is in use by another program, or can't be read.</exception>
    public static DiskItems OpenDiskOf(DiskItem item, CancellationToken cancellation)
        => item is null ? throw new ArgumentNullException(nameof(item)) : new DiskItems(OpenedImage.Open(item.DiskPath, item.DiskOptions, cancellation));

    /// <summary>
    /// The items at a path, lazily: on the volume that is given; else on the one with the guest's operating system, and
    /// where that has none, on every other that has. Names are matched as the volume matches them: with regard to case on
    /// Linux' file systems only.
    /// </summary>
    /// <param name="itemPath">
    /// A path from the volume's root, with '\' or '/' between names and wildcards (<c>*</c>, <c>?</c>, <c>[a-z]</c>) in any of them; a
    /// backtick makes the next character stand for itself. Empty for the root itself. It may begin with a drive letter of the
    /// guest's Windows, which names the volume.
    /// </param>
    /// <param name="volume">A volume's number or label; with wildcards for several; null for the rule above.</param>
    /// <param name="recurse">Whether what is below folders is listed too. Links are not followed.</param>
    /// <exception cref="DiskItemException">There is no such volume; or, for a path without wildcards, no such item.</exception>
    public IEnumerable<Found<DiskItem>> Find(string itemPath, string? volume = null, bool recurse = false)
    {
        if (itemPath is null)
        {
            throw new ArgumentNullException(nameof(itemPath));
        }

        return Search(itemPath, volume, recurse);
    }

    /// <summary>The named streams of an item, lazily; none where its file system has no such.</summary>
    /// <param name="item">A file or folder.</param>
    /// <param name="name">The stream's name, with wildcards.</param>
    public IEnumerable<Found<DiskItem>> FindStreams(DiskItem item, string name)
    {
        if (item is null)
        {
            throw new ArgumentNullException(nameof(item));
        }

        Wildcard pattern = new(name ?? throw new ArgumentNullException(nameof(name)), ignoresCase: true);
        DiskVolume volume = Volumes.Find(item.Volume);
        return volume.FileSystem is not INamedStreams streams || item.IsStream
            ? []
            : Salvage.Enumerate(() => streams.EnumerateStreams(item.ItemPath))
                .Where(found => found.Value is not { } stream || pattern.Matches(StreamOf(stream, item)))
                .Select(found => found.Value is { } stream ? Found<DiskItem>.Of(Describe(volume, stream) with { IsStream = true }) : Found<DiskItem>.Failed(found.Problem!));
    }

    /// <inheritdoc/>
    public void Dispose() => _image.Dispose();

    private static string StreamOf(FileSystemEntry stream, DiskItem item) => stream.Name.Substring(Math.Min(stream.Name.Length, item.Name.Length + 1));

    private static bool IgnoresCase(DiskVolume volume)
        => volume.Kind is FileSystemKind.Ntfs or FileSystemKind.Fat12 or FileSystemKind.Fat16 or FileSystemKind.Fat32;

    private static bool IsStream(DiskVolume volume, FileSystemEntry entry)
        => volume.FileSystem is INamedStreams && entry.Location.FileSystem is null && entry.Name.IndexOf(':') >= 0;

    private IEnumerable<Found<DiskItem>> Search(string itemPath, string? volume, bool recurse)
    {
        bool isFound = false;
        bool hasWildcards = false;
        (IEnumerable<IReadOnlyList<DiskVolume>> groups, string path) = Locate(itemPath, volume);
        foreach (IReadOnlyList<DiskVolume> group in groups)
        {
            foreach (DiskVolume candidate in group)
            {
                ItemPattern pattern = new(path, IgnoresCase(candidate));
                hasWildcards = pattern.Rest.Count > 0;
                foreach (Found<FileSystemEntry> found in Search(candidate.FileSystem!, pattern, recurse))
                {
                    isFound = true;
                    yield return found.Value is { } entry ? Found<DiskItem>.Of(Describe(candidate, entry)) : Found<DiskItem>.Failed(found.Problem!);
                }
            }

            if (isFound)
            {
                yield break;
            }
        }

        if (!hasWildcards)
        {
            throw Volumes.Readable.Any()
                ? new DiskItemException(DiskItemProblem.ItemNotFound, itemPath, $"There is no item '{itemPath}' on {(volume is null ? "any volume" : $"volume '{volume}'")} of {DiskPath}. {Volumes.DescribeAll()}")
                : new DiskItemException(DiskItemProblem.VolumeNotReadable, DiskPath, $"{DiskPath} has no volume that can be read. {Volumes.DescribeAll()}");
        }
    }

    /// <summary>The volumes to look on, and the path there.</summary>
    private (IEnumerable<IReadOnlyList<DiskVolume>> Groups, string Path) Locate(string itemPath, string? volume)
    {
        if (volume is not null)
        {
            return ([Volumes.Select(volume)], itemPath);
        }

        const int letterLength = 2;
        bool mayHaveLetter = itemPath.Length >= letterLength && itemPath[1] == ':' && (itemPath.Length == letterLength || itemPath[letterLength] is '\\' or '/');
        return mayHaveLetter && Volumes.FindLetter(itemPath.Substring(0, letterLength)) is { } lettered
            ? ([[lettered]], itemPath.Substring(letterLength))
            : (GroupVolumes(), itemPath);
    }

    /// <summary>The volumes by the order in which they are asked: those of a group together, the next group only where it has to be.</summary>
    private IEnumerable<IReadOnlyList<DiskVolume>> GroupVolumes()
    {
        if (Volumes.System is { } system)
        {
            yield return [system];
        }

        yield return [.. Volumes.Readable.Where(volume => volume != Volumes.System)];
    }

    private static IEnumerable<Found<FileSystemEntry>> Search(IFileSystem files, ItemPattern pattern, bool recurse)
    {
        FolderWalk walk = new(files);
        FileSystemEntry? start = Salvage.Try(() => files.GetEntry(pattern.Start), out Exception? problem);
        IEnumerable<Found<FileSystemEntry>> matches = problem is not null ? [Found<FileSystemEntry>.Failed(problem)]
            : start is null ? []
            : pattern.Rest.Aggregate(
                (IEnumerable<Found<FileSystemEntry>>)[Found<FileSystemEntry>.Of(start)],
                (folders, name) => folders.SelectMany(folder => Match(files, folder, name, isStart: ReferenceEquals(folder.Value, start))));
        foreach (Found<FileSystemEntry> match in matches)
        {
            yield return match;
            foreach (Found<FileSystemEntry> below in recurse && match.Value is { IsDirectory: true } folder && (!folder.IsLink || ReferenceEquals(folder, start)) ? walk.Below(folder) : [])
            {
                yield return below;
            }
        }
    }

    /// <summary>What a folder holds under names that match; problems met before are passed on. Only where a path begins is a link followed.</summary>
    private static IEnumerable<Found<FileSystemEntry>> Match(IFileSystem files, Found<FileSystemEntry> folder, Wildcard name, bool isStart)
        => folder.Value is not { } entry ? [folder]
            : !entry.IsDirectory || (entry.IsLink && !isStart) ? []
            : Salvage.Enumerate(() => files.Enumerate(entry)).Where(found => found.Value is not { } child || name.Matches(child.Name));

    private static string RootOf(FileSystemEntry entry) => entry.UnixMode is null ? "\\" : "/";

    private DiskItem Describe(DiskVolume volume, FileSystemEntry entry) => new()
    {
        Name = entry.Name.Length == 0 ? RootOf(entry) : entry.Name,
        ItemPath = entry.Path.Length == 0 ? RootOf(entry) : entry.GuestPath,
        DiskPath = DiskPath,
        Volume = VolumeSelection.NameOf(volume),
        FileSystem = volume.Kind,
        IsStream = IsStream(volume, entry),
        Entry = entry,
        DiskOptions = _image.Options,
    };
}
