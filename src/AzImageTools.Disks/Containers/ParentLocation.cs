namespace AzImageTools.Disks.Containers;

/// <summary>
/// Decides which file may be opened because an image names it: as a differencing disk's parent, a backing file or an extent.
/// What the image says is an attacker's text. Only the last component of it is used, as a name to look for in the folder of
/// the image itself and in the place that the caller gave; folders, drives, servers and devices in it are never followed.
/// </summary>
internal sealed class ParentLocation
{
    /// <summary>The most images that a chain may have. Hyper-V keeps at most 50 checkpoints of a virtual machine.</summary>
    public const int LargestDepth = 64;

    private const int LargestFolder = 65536;

    private static readonly HashSet<string> DeviceNames = new(
        ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", .. Enumerable.Range(0, 10).SelectMany(digit => new[] { $"COM{digit}", $"LPT{digit}" })],
        StringComparer.OrdinalIgnoreCase);

    private readonly string _child;
    private readonly string? _parentPath;
    private readonly ParentLocation? _above;
    private readonly int _depth;
    private readonly OpenParent? _open;
    private readonly bool _isNowhere;

    /// <param name="child">The image that names others.</param>
    /// <param name="parentPath">Where else to look: a folder, or the file itself; null for nowhere else.</param>
    /// <param name="open">What opens them; null where they are only to be found.</param>
    /// <param name="budget">What reading the image and what it names may cost, and what cancels it; null for one of its own.</param>
    public ParentLocation(string child, string? parentPath, OpenParent? open = null, ReadBudget? budget = null)
        : this(child, parentPath, above: null)
    {
        _open = open;
        Budget = budget ?? new ReadBudget(_child);
    }

    private ParentLocation(IByteSource image)
    {
        _child = image.Name;
        Budget = image.Budget;
        _isNowhere = true;
    }

    private ParentLocation(string child, string? parentPath, ParentLocation? above)
    {
        _child = Path.GetFullPath(child);
        _parentPath = string.IsNullOrWhiteSpace(parentPath) ? null : Path.GetFullPath(parentPath);
        _above = above;
        _depth = above is null ? 1 : above._depth + 1;
        _open = above?._open;
        Budget = above?.Budget!;
    }

    /// <summary>What reading the image and all that it names may cost, and what cancels it.</summary>
    public ReadBudget Budget { get; }

    /// <summary>Whether the image that names others is one that another goes back to.</summary>
    public bool IsOfParent => _above is not null;

    /// <summary>Whether the caller said where to look, and so vouches for what is found.</summary>
    public bool IsGiven => _parentPath is not null;

    /// <summary>For an image that lies elsewhere: nothing lies beside it.</summary>
    public static ParentLocation NowhereFor(IByteSource image) => new(image);

    /// <summary>The last component of a path as any system writes it; empty where it ends with a separator.</summary>
    public static string FileNameOf(string storedPath) => storedPath.Substring(storedPath.LastIndexOfAny(['\\', '/']) + 1);

    /// <summary>Finds the file that an image names.</summary>
    /// <param name="storedPath">The path or name as the image has it.</param>
    /// <param name="role">What it is to the image, for messages: "parent disk", "backing file", "extent".</param>
    /// <returns>The file's full path.</returns>
    /// <exception cref="DiskFormatException">There is no such file where it may be, or the name is none that may be opened.</exception>
    public string Find(string storedPath, string role)
    {
        if (_isNowhere)
        {
            throw new DiskFormatException(_child, null, $"The image needs its {role} {Quote(FileNameOf(storedPath))}, which is not looked for here. Bring both down to one folder, and give the path.");
        }

        if (_parentPath is not null && File.Exists(_parentPath))
        {
            return _parentPath;
        }

        string name = FileNameOf(storedPath);
        if (!IsPlainName(name))
        {
            throw new DiskFormatException(
                _child, null, $"The image names {Quote(storedPath)} as its {role}, which is no file name. Give the {role} with -ParentPath.");
        }

        string own = Path.GetDirectoryName(_child) ?? Path.GetPathRoot(_child)!;
        string[] folders = _parentPath is null ? [own] : [_parentPath, own];
        string? found = folders.Select(folder => FindIn(folder, name)).FirstOrDefault(path => path is not null);
        if (found is null)
        {
            throw new DiskFormatException(
                _child,
                null,
                $"The {role} {Quote(name)} is in none of the folders where it may be ({string.Join(", ", folders)}). Put it beside this file, or give it or its folder with -ParentPath.");
        }

        return OrdinaryFile.FindHindrance(found, followsLinks: false) is { } hindrance
            ? throw new DiskFormatException(_child, null, $"The {role} {Quote(name)} ({found}) {hindrance}. Give the file itself with -ParentPath.")
            : found;
    }

    /// <summary>Opens the disk that an image goes back to, which must not be one that goes back to it.</summary>
    /// <param name="storedPath">The path or name as the image has it.</param>
    /// <param name="role">What it is to the image, for messages: "parent disk", "backing file".</param>
    /// <param name="format">The container it must be; null to go by its extension.</param>
    /// <exception cref="DiskFormatException">It may not be opened, can't be read, or the chain has no end.</exception>
    public VirtualDisk Open(string storedPath, string role, DiskFormat? format)
    {
        string path = Find(storedPath, role);
        for (ParentLocation? link = this; link is not null; link = link._above)
        {
            if (string.Equals(link._child, path, StringComparison.Ordinal))
            {
                throw new DiskFormatException(_child, null, $"The image's parent {path} has this image among its own parents: the chain has no end.");
            }
        }

        if (_depth >= LargestDepth)
        {
            throw new DiskFormatException(_child, null, $"The chain of parents is longer than {LargestDepth} images.");
        }

        // A file was meant for this image only; a folder is for all of the chain.
        string? further = string.Equals(path, _parentPath, StringComparison.Ordinal) ? null : _parentPath;
        try
        {
            return _open!(path, format, new ParentLocation(path, further, this));
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException or (IOException and not DiskFormatException))
        {
            throw new DiskFormatException(_child, null, $"The {role} {path} can't be opened: {exception.Message}", rule: null, exception);
        }
    }

    private static bool IsPlainName(string name)
        => name.Length is > 0 and < 256
            && name[name.Length - 1] is not ('.' or ' ')
            && !name.Any(c => c < ' ' || c is '<' or '>' or ':' or '"' or '|' or '?' or '*')
            && !DeviceNames.Contains(name.Split('.')[0].TrimEnd());

    /// <summary>The file of a name, which is compared as the systems do that write such names: without regard to case.</summary>
    private string? FindIn(string folder, string name)
    {
        try
        {
            string exact = Path.Combine(folder, name);
            return File.Exists(exact)
                ? exact
                : Directory.EnumerateFiles(folder).Take(LargestFolder).FirstOrDefault(path => string.Equals(Path.GetFileName(path), name, StringComparison.OrdinalIgnoreCase));
        }
        catch (DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new DiskFormatException(_child, null, $"{folder} can't be searched for {Quote(name)}: {exception.Message}", rule: null, exception);
        }
    }

    private static string Quote(string text)
    {
        const int LongestShown = 200;
        string shown = new([.. text.Take(LongestShown).Select(c => char.IsControl(c) ? '?' : c)]);
        return $"'{shown}'";
    }
}

/// <summary>Opens an image that another one goes back to.</summary>
/// <param name="path">The file.</param>
/// <param name="format">What it must be; null to go by its extension.</param>
/// <param name="parents">Where the disks may be that it goes back to in turn.</param>
internal delegate VirtualDisk OpenParent(string path, DiskFormat? format, ParentLocation parents);

/// <summary>
/// What a differencing disk says of the disk that it goes back to. It is the file's text: it is compared with names and
/// identifiers that are known, and never opened as a path.
/// </summary>
/// <param name="StoredPath">The parent's path or name, as the file has it.</param>
/// <param name="Identifier">The parent's unique identifier (VHD) or data write identifier (VHDX); empty where there is none.</param>
/// <param name="OtherIdentifier">Another identifier that will do as well; empty where there is none.</param>
internal sealed record ParentReference(string StoredPath, Guid Identifier, Guid OtherIdentifier = default)
{
    /// <summary>The parent's file name, without folders.</summary>
    public string FileName => ParentLocation.FileNameOf(StoredPath);

    /// <summary>Whether a disk's identifier is the parent's.</summary>
    public bool Identifies(Guid identifier) => identifier != Guid.Empty && (identifier == Identifier || identifier == OtherIdentifier);
}
