using AzImageTools.Disks.Inspection;
using AzImageTools.Disks.Volumes;

namespace AzImageTools.Readiness.Guests.Linux;

/// <summary>
/// What a Linux mounts when it starts: by /etc/fstab, of which systemd makes units, and by mount units of its own (systemd.mount(5)),
/// both changed by drop-ins.
/// </summary>
internal sealed class MountPoints(Guest guest)
{
    // systemd.unit(5), "Unit File Load Path": what is made of fstab stands behind the administrator's units and before the distribution's.
    private const string Settings = "etc/systemd/system";
    private static readonly string[] Distribution = ["usr/lib/systemd/system", "lib/systemd/system"];
    private static readonly string[] Starts = ["local-fs.target.wants", "local-fs.target.requires", "multi-user.target.wants", "graphical.target.wants", "default.target.wants"];

    private readonly Lazy<IReadOnlyList<FstabEntry>> _entries = new(() => FstabEntry.Parse(guest.ReadText(FstabEntry.Path)));
    private readonly Dictionary<string, MountPoint?> _known = new(StringComparer.Ordinal);

    /// <summary>The deepest mount that a folder lies on; null where nothing tells of any.</summary>
    /// <param name="folder">The folder's path, beginning with '/'.</param>
    public MountPoint? Find(string folder)
    {
        string place = folder;
        MountPoint? found;
        while ((found = LookOnce(place)) is null && place.Length > 1)
        {
            place = place.Substring(0, Math.Max(1, place.LastIndexOf('/')));
        }

        return found;
    }

    private MountPoint? LookOnce(string place)
    {
        if (!_known.TryGetValue(place, out MountPoint? mount))
        {
            _known[place] = mount = Look(place);
        }

        return mount;
    }

    private MountPoint? Look(string place)
    {
        // systemd.unit(5), "String Escaping": none of the places has a character that is escaped.
        string unit = (place.Length == 1 ? "-" : place.Trim('/').Replace('/', '-')) + ".mount";
        FileSystemEntry? own = guest.GetFile($"{Settings}/{unit}");
        if (own.IsMask())
        {
            return null;
        }

        // Of two lines for one place the first counts, as for systemd-fstab-generator(8).
        FstabEntry? entry = _entries.Value.FirstOrDefault(entry => entry.Place.TrimEnd('/') == place.TrimEnd('/'));
        string? file = own is not null ? $"{Settings}/{unit}"
            : entry is null ? guest.FindFirst([.. Distribution.Select(folder => $"{folder}/{unit}")])
            : null;
        if (entry is null && (file is null || !IsStarted(unit)))
        {
            return null;
        }

        TextLine? options = FindInDropIns(unit) ?? (file is null ? null : FindOptions(file, guest.ReadText(file) ?? string.Empty));
        return options is not null ? new MountPoint(place, options.Place, FstabEntry.ForbidRunning(options.Text.Substring(options.Text.IndexOf('=') + 1).Trim().Split(',')))
            : file is not null ? new MountPoint(place, $"/{file}", IsNoExec: false)
            : new MountPoint(place, FormattableString.Invariant($"/{FstabEntry.Path}, line {entry!.Line}"), entry.IsNoExec);
    }

    private bool IsStarted(string unit)
        => guest.FindFirst([.. Distribution.Prepend(Settings).SelectMany(folder => Starts.Select(start => $"{folder}/{start}/{unit}"))]) is not null;

    /// <summary>The last of a setting counts, in the order of the files' names; a file of the administrator's stands for one of that name.</summary>
    private TextLine? FindInDropIns(string unit)
    {
        SortedDictionary<string, TextLine?> files = new(StringComparer.Ordinal);
        foreach ((string path, string text) in Distribution.Prepend(Settings).SelectMany(folder => guest.ReadTexts($"{folder}/{unit}.d", static entry => entry.IsLike(string.Empty, ".conf"))))
        {
            string name = path.Substring(path.LastIndexOf('/') + 1);
            if (!files.ContainsKey(name))
            {
                files.Add(name, FindOptions(path, text));
            }
        }

        return files.Values.LastOrDefault(static line => line is not null);
    }

    private static TextLine? FindOptions(string path, string text)
        => text.Split('\n')
            .Select((line, index) => new TextLine(path, index + 1, line.Trim()))
            .LastOrDefault(static line => line.Text.Split(['='], 2) is [var name, _] && name.TrimEnd() == "Options");
}

/// <summary>What is mounted at a place when a Linux starts.</summary>
/// <param name="Place">Where, as a path from the root.</param>
/// <param name="Source">The file that says so, with the line where it has one that tells the options.</param>
/// <param name="IsNoExec">Whether no program or script on it can be run.</param>
internal sealed record MountPoint(string Place, string Source, bool IsNoExec);
