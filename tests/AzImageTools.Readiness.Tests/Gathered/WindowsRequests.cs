using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AzImageTools.Disks;
using AzImageTools.Disks.Items;
using AzImageTools.Disks.Volumes;
using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Guests.Gathered;
using AzImageTools.Readiness.Tests.Guests;

namespace AzImageTools.Readiness.Tests.Gathered;

/// <summary>
/// Gathers from a guest in memory what the collector for Windows asks for, by the requests that stand in the script: a rule that
/// asks for anything else misses it. What the script makes of the requests is tested where it runs.
/// </summary>
internal sealed class WindowsRequests
{
    private const string RoleCache = @"SOFTWARE\Microsoft\ServerManager\ServicingStorage\ServerComponentCache";

    private readonly MemoryGuest _guest;
    private readonly Dictionary<string, JsonObject?> _keys = new(StringComparer.OrdinalIgnoreCase);
    private readonly JsonObject _files = [];
    private readonly JsonObject _folders = [];

    private WindowsRequests(MemoryGuest guest) => _guest = guest;

    /// <summary>The lines of a list in the script.</summary>
    public static string[] List(string name)
        => Regex.Match(File.ReadAllText(Collectors.Windows), $@"\${name} = @'\n(.*?)\n'@", RegexOptions.Singleline).Groups[1].Value.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public static EvidenceGuest Gather(MemoryGuest guest) => EvidenceGuest.Parse(EvidenceOutput.Print(GatherText(guest)));

    public static string GatherText(MemoryGuest guest)
    {
        WindowsRequests gathering = new(guest);
        gathering.GatherAll();
        JsonObject evidence = new()
        {
            ["system"] = "windows",
            ["machine"] = "memory",
            ["registry"] = new JsonObject(gathering._keys.Select(static key => KeyValuePair.Create(key.Key, (JsonNode?)key.Value))),
            ["files"] = gathering._files,
            ["folders"] = gathering._folders,
            ["volumes"] = new JsonArray([.. guest.Volumes.Select(static volume => (JsonNode)new JsonObject
            {
                ["name"] = volume.Name,
                ["fileSystem"] = volume.FileSystem == FileSystemKind.Ntfs ? "NTFS" : string.Empty,
                ["system"] = volume.HoldsOperatingSystem,
            }.With("dirty", volume.IsDirty).With("bitLocker", volume.IsBitLocker))]),
            ["facts"] = new JsonObject()
                .With("rearmCount", guest.Live?.RemainingRearmCount)
                .With("domainJoined", guest.Live?.IsDomainJoined)
                .With("administratorEnabled", guest.Live?.IsAdministratorEnabled)
                .With("userOnlyAppPackages", guest.Live?.UserOnlyAppPackages is { } packages ? new JsonArray([.. packages.Select(static package => (JsonNode)package)]) : null),
        };
        return evidence.ToJsonString();
    }

    private void GatherAll()
    {
        string? loader = Try(() => _guest.GetValue(@"BCD00000000\Objects\{9dea862c-5cdd-4e70-acc1-f32b344d4795}\Elements\23000003", "Element") as string, out _);
        string[] sets = [.. (Try(() => _guest.GetSubkeyNames("SYSTEM"), out _) ?? []).Where(static name => Regex.IsMatch(name, "^ControlSet[0-9]+$")), "CurrentControlSet"];
        foreach (string request in List("registryRequests").SelectMany(request => sets.Select(set => request.Replace("{controlSet}", set, StringComparison.Ordinal)).Distinct(StringComparer.Ordinal)))
        {
            if (!request.Contains("{default}", StringComparison.Ordinal) || loader is not null)
            {
                AddKey(request.Replace("{default}", loader, StringComparison.Ordinal).Split('|'));
            }
        }

        foreach (string role in List("roles").SelectMany(static line => line.Split('|')))
        {
            AddKey(["value", $@"{RoleCache}\{role}", "InstallState"]);
        }

        foreach (string[] request in List("fileRequests").Select(static line => line.Split('|')))
        {
            AddFile(request);
        }

        foreach (string name in List("versions").SelectMany(static line => line.Split('|')))
        {
            AddFile(["version", @"Windows\System32\" + name]);
        }

        foreach (string path in Providers())
        {
            AddFile(["file", path]);
        }
    }

    private void AddKey(string[] request)
    {
        string key = request[1];
        _ = Try(() => AddTo(key, request), out string? problem);
        if (problem is not null)
        {
            _keys[key] = new JsonObject { ["unreadable"] = problem };
        }
    }

    private bool AddTo(string key, string[] request)
    {
        if (!_guest.KeyExists(key))
        {
            _keys[key] = null;
            return false;
        }

        JsonObject record = _keys.TryGetValue(key, out JsonObject? known) && known is not null ? known : [];
        _keys[key] = record;
        string[] rest = request[2..];
        switch (request[0])
        {
            case "value":
                AddValues(record, key, rest);
                break;
            case "values":
                record["names"] = rest[0];
                AddValues(record, key, _guest.GetValueNames(key).Where(name => new Wildcard(rest[0], ignoresCase: true).Matches(name)));
                break;
            case "valuesWith":
                record["names"] = string.Empty;
                AddValues(record, key, _guest.GetValueNames(key).Where(name => _guest.GetValue(key, name) is string text && text.Contains(rest[0], StringComparison.Ordinal)));
                break;
            case "has":
                JsonObject held = record["values"] as JsonObject ?? [];
                record["values"] = held;
                foreach (string name in rest)
                {
                    held[name] = _guest.GetValue(key, name) switch { null => null, "" or byte[] { Length: 0 } => string.Empty, _ => "not gathered" };
                }

                break;
            case "hasKeys":
                record["keys"] = Array(_guest.GetSubkeyNames(key).Take(1).Select(static _ => "not gathered"));
                break;
            case "certificates":
                string[] certificates = [.. _guest.GetSubkeyNames(key).Where(name => _guest.GetValue($@"{key}\{name}", "Blob") is byte[] blob && blob[0] == 2 && !Encoding.ASCII.GetString(blob).Contains("CRP", StringComparison.Ordinal))];
                record["keys"] = Array(certificates);
                foreach (string name in certificates)
                {
                    _keys[$@"{key}\{name}"] = new JsonObject { ["values"] = new JsonObject { ["Blob"] = new JsonObject { ["binary"] = "AgAAAAEAAAAAAAAA" } } };
                }

                break;
            case "keys":
                record["keys"] = Array(_guest.GetSubkeyNames(key));
                record["keyNames"] = "*";
                break;
            case "keysWith":
                string[] found = [.. _guest.GetSubkeyNames(key).Where(name
                    => rest[2..].Any(pattern => new Wildcard(pattern, ignoresCase: true).Matches(name)) || (_guest.GetValue($@"{key}\{name}", rest[0]) as string == rest[1]))];
                record["keys"] = Array(found);
                foreach (string name in found)
                {
                    AddKey(["value", $@"{key}\{name}", rest[0]]);
                }

                break;
            default:
                Assert.Equal("key", request[0]);
                break;
        }

        return true;
    }

    private void AddValues(JsonObject record, string key, IEnumerable<string> names)
    {
        JsonObject values = record["values"] as JsonObject ?? [];
        record["values"] = values;
        foreach (string name in names)
        {
            values[name] = _guest.GetValue(key, name) switch
            {
                null => null,
                uint number => number,
                ulong number => new JsonObject { ["qword"] = number.ToString(CultureInfo.InvariantCulture) },
                string text => text,
                string[] texts => Array(texts),
                byte[] bytes => new JsonObject { ["binary"] = Convert.ToBase64String(bytes) },
                var other => throw new InvalidOperationException($"{other} is no data."),
            };
        }
    }

    private void AddFile(string[] request)
    {
        string path = request[1];
        if (request[0] is "home" or "homeHolds")
        {
            foreach (string home in Homes())
            {
                AddFile([request[0] == "home" ? "folder" : "holds", $@"{home}\{path}".TrimEnd('\\'), request[2]]);
            }

            return;
        }

        if (request[0] == "below")
        {
            AddFile(["folder", path, "*"]);
            foreach (FileSystemEntry version in (Try(() => _guest.Enumerate(path).ToArray(), out _) ?? []).Where(static entry => entry.IsDirectory))
            {
                AddFile(["folder", $@"{path}\{version.Name}\{request[2]}", "*"]);
            }

            return;
        }

        if (request[0] == "folder")
        {
            FileSystemEntry[]? entries = Try(() => _guest.Enumerate(path).ToArray(), out string? unlisted);
            _folders[path] = unlisted is not null ? new JsonObject { ["unreadable"] = unlisted } : new JsonObject
            {
                ["folder"] = true,
                ["names"] = request[2],
                ["entries"] = new JsonArray([.. entries!.Where(entry => request[2].Split(' ').Any(pattern => new Wildcard(pattern, ignoresCase: true).Matches(entry.Name))).Select(static entry => Describe(entry).With("name", entry.Name))]),
            };
            return;
        }

        FileSystemEntry? file = Try(() => _guest.GetFile(path), out string? problem);
        JsonObject? record = problem is not null ? new JsonObject { ["unreadable"] = problem } : file is null ? null : Describe(file);
        _files[path] = record;
        if (file is not { IsDirectory: false })
        {
            return;
        }

        switch (request[0])
        {
            case "line":
                record!["lines"] = Array(_guest.ReadText(path)!.Split('\r', '\n').Where(line => line.StartsWith(request[2], StringComparison.Ordinal)));
                break;
            case "holds":
                record!["lines"] = Array(_guest.ReadText(path)!.Contains(request[2], StringComparison.OrdinalIgnoreCase) ? [request[2]] : []);
                break;
            case "log":
                record!["lines"] = Array(Errors(_guest.ReadTextEnd(path)!));
                break;
            case "version":
                record!["version"] = _guest.ReadFileVersion(path)?.ToString();
                break;
            default:
                Assert.Equal("file", request[0]);
                break;
        }
    }

    private IEnumerable<string> Homes()
        => (Try(() => _guest.Enumerate("Users").ToArray(), out _) ?? []).Where(static entry => entry is { IsDirectory: true, IsLink: false }).Select(static entry => @"Users\" + entry.Name).Append(@"Windows\System32\config\systemprofile");

    private static IEnumerable<string> Errors(string log)
    {
        string[] lines = log.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries);
        int run = System.Array.FindLastIndex(lines, static line => line.Contains("Beginning of a new sysprep run", StringComparison.Ordinal));
        return lines.Where((line, index) => index == run || (index > run && line[(line.IndexOf(',', StringComparison.Ordinal) + 1)..].TrimStart() is var level
            && (level.StartsWith("Error", StringComparison.Ordinal) || level.StartsWith("Fatal Error", StringComparison.Ordinal))));
    }

    private string[] Providers()
    {
        const string key = @"SOFTWARE\Microsoft\Windows\CurrentVersion\Setup\SysPrepExternal\Generalize";
        return Try(() => _guest.GetValueNames(key).Select(name => _guest.GetValue(key, name)).OfType<string>().Select(static provider => ToPath(provider.Split(',')[0].Trim())).Where(static path => path.Length > 0).ToArray(), out _) ?? [];
    }

    private static string ToPath(string file)
    {
        string path = Regex.Replace(file, @"^(%SystemRoot%|%windir%|\\SystemRoot)\\", @"Windows\", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture);
        return path.IndexOf(':', StringComparison.Ordinal) == 1 ? path[2..].TrimStart('\\')
            : path.Length > 0 && !path.Contains('\\', StringComparison.Ordinal) ? @"Windows\System32\" + path
            : path;
    }

    private static JsonObject Describe(FileSystemEntry entry) => entry.IsDirectory
        ? new JsonObject { ["folder"] = true }
        : new JsonObject { ["length"] = entry.Length, ["link"] = entry.IsLink };

    private static JsonArray Array(IEnumerable<string> texts) => new([.. texts.Select(static text => (JsonNode)text)]);

    private static T? Try<T>(Func<T> look, out string? problem)
    {
        problem = null;
        try
        {
            return look();
        }
        catch (Exception exception) when (exception is EvidenceUnavailableException or DiskFormatException)
        {
            problem = exception.Message;
            return default;
        }
    }
}
