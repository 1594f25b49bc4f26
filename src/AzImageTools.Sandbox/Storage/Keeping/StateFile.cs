using System.Text.Json;
using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Configuration;

namespace AzImageTools.Sandbox.Storage.Keeping;

/// <summary>The file that tells everything of a cloud but its pages. It is replaced as a whole, so that it is always one state or the next.</summary>
internal sealed class StateFile
{
    public const string FileName = "state.json";

    private const string Format = "AzImageTools.Sandbox";

    /// <summary>Of the file's form: to be raised where an older sandbox could not make sense of what a newer one writes.</summary>
    private const int Version = 1;

    /// <summary>256 MiB: a disk of 32 TiB with a page in every other megabyte has 16 of them.</summary>
    private const long LongestFile = 256L << 20;

    private readonly string _path;
    private byte[] _last = [];

    public StateFile(string folder)
    {
        _path = Path.Combine(folder, FileName);
    }

    /// <summary>What was kept; null where nothing was.</summary>
    /// <exception cref="SandboxStateException">The file can't be read, or is none of ours.</exception>
    public JsonObject? Read()
    {
        try
        {
            if (!File.Exists(_path))
            {
                return null;
            }

            if (new FileInfo(_path).Length > LongestFile)
            {
                throw Unreadable("it is longer than 256 MiB");
            }

            _last = File.ReadAllBytes(_path);
            var root = JsonNode.Parse(_last, new JsonNodeOptions { PropertyNameCaseInsensitive = true }) as JsonObject ?? throw Unreadable("it is no JSON object");
            return (string?)root["format"] != Format ? throw Unreadable("it is no state of a sandbox")
                : (int?)root["version"] != Version ? throw Unreadable("it is of version " + root["version"]?.ToJsonString() + ", and this sandbox knows version " + Version)
                : root;
        }
        catch (Exception problem) when (IsDamage(problem))
        {
            throw Unreadable(problem.Message, problem);
        }
    }

    /// <summary>Whether an exception is what a damaged document makes its readers throw.</summary>
    public static bool IsDamage(Exception problem)
        => problem is not SandboxStateException
            && problem is JsonException or IOException or UnauthorizedAccessException or InvalidOperationException or ArgumentException or FormatException
                or NotSupportedException or KeyNotFoundException or OverflowException or NullReferenceException or InvalidCastException or InvalidDataException;

    public SandboxStateException Unreadable(string why, Exception? cause = null)
        => new(
            SandboxStateProblem.Unreadable,
            _path,
            "The sandbox's state in '" + _path + "' can't be read: " + why.TrimEnd('.') + ".",
            "Give another folder, or delete this one to begin anew.",
            cause);

    /// <summary>What the parts tell, as the file has it.</summary>
    public static byte[] Compose(JsonObject head, IEnumerable<IKeptPart> parts)
    {
        var root = new JsonObject { ["format"] = Format, ["version"] = Version };
        foreach (var entry in head)
        {
            root[entry.Key] = entry.Value?.DeepClone();
        }

        foreach (var part in parts)
        {
            root[part.Name] = part.Save();
        }

        return JsonSerializer.SerializeToUtf8Bytes(root);
    }

    /// <summary>Replaces the file where something has changed.</summary>
    /// <exception cref="IOException">It can't be written, or could not be read again.</exception>
    public void Write(byte[] content)
    {
        if (content.Length > LongestFile)
        {
            throw new IOException("It is longer than 256 MiB.");
        }

        if (content.AsSpan().SequenceEqual(_last))
        {
            return;
        }

        var next = _path + ".new";
        using (var stream = Create(next))
        {
            stream.Write(content, 0, content.Length);
            stream.Flush(flushToDisk: true);
        }

        if (File.Exists(_path))
        {
            File.Replace(next, _path, destinationBackupFileName: null);
        }
        else
        {
            File.Move(next, _path);
        }

        _last = content;
    }

    /// <summary>It holds keys, of a simulated cloud, and yet they are nobody else's.</summary>
    private static FileStream Create(string path)
    {
#if NET
        File.Delete(path);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return new FileStream(path, options);
#else
        return new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None);
#endif
    }
}
