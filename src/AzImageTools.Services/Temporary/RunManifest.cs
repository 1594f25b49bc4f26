using System.Text;
using System.Text.Json.Nodes;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using Azure.Core;

namespace AzImageTools.Services.Temporary;

/// <summary>
/// The file of a run on this machine: the ids of what it makes, each written through to the drive before it is made. It is held open, by nobody
/// else to be opened, as long as the run lives; the system lets go of it however the run ends. Thread-safe.
/// </summary>
internal sealed class RunManifest : IDisposable
{
    /// <summary>What the names of manifests end with; before it stands the run's id.</summary>
    public const string Extension = ".run";

    private readonly object _gate = new();
    private readonly FileStream _file;

    private RunManifest(FileStream file, ManifestContent content)
    {
        _file = file;
        Content = content;
    }

    /// <summary>What it told when it was opened; what is written later is not added.</summary>
    public ManifestContent Content { get; }

    /// <summary>Begins a manifest; null, with a verbose message, where it can't be written: tags are the only proof then.</summary>
    public static RunManifest? TryCreate(ImageSession session, RunIdentity run, IOperationLog log)
    {
        if (session.RunFolder is not { } folder)
        {
            return null;
        }

        try
        {
            RunNote.MakeFolder(folder);
            RunManifest manifest = new(Open(Path.Combine(folder, run.RunId + Extension), FileMode.CreateNew), new ManifestContent(run, session.Context.SubscriptionId, session.SandboxId, Environment.MachineName));
            manifest.Write(manifest.Content.WriteHeader());
            return manifest;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            log.Verbose($"What this run makes for a while can't be noted on this machine ({problem.Message}): only its tags tell of it.");
            return null;
        }
    }

    /// <summary>Takes the manifest of a run that has ended.</summary>
    /// <param name="path">The file.</param>
    /// <param name="isInUse">Whether the run lives.</param>
    /// <returns>The manifest; null where the run lives, or it is none.</returns>
    public static RunManifest? TryTake(string path, out bool isInUse)
    {
        isInUse = false;
        FileStream file;
        try
        {
            file = Open(path, FileMode.Open);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            isInUse = true;
            return null;
        }

        try
        {
            // Where opening and locking are two things, whoever had the lock in between may have removed the file.
            if (File.Exists(path) && ManifestContent.Read(file, Path.GetFileNameWithoutExtension(path)) is { } content)
            {
                file.Seek(0, SeekOrigin.End);
                return new RunManifest(file, content);
            }
        }
        catch (Exception problem) when (problem is IOException or NotSupportedException)
        {
            // What is no file that can be read is no manifest.
        }

        file.Dispose();
        return null;
    }

    /// <summary>Notes what is about to be made.</summary>
    public void NoteMade(ResourceIdentifier id, DateTimeOffset at) => Write(new JsonObject { ["made"] = id.ToString(), ["at"] = TemporaryTags.Write(at) });

    /// <summary>Notes what is no more.</summary>
    public void NoteRemoved(ResourceIdentifier id) => Write(new JsonObject { ["removed"] = id.ToString() });

    /// <summary>Removes the manifest: nothing is left.</summary>
    public void Delete()
    {
        try
        {
            File.Delete(_file.Name);
            Dispose();
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            // Windows deletes no file that is open; there nobody comes between either.
            Dispose();
            TryDelete(_file.Name);
        }
    }

    /// <summary>Lets go of the file, which stays.</summary>
    public void Dispose() => _file.Dispose();

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            // It tells of nothing any more, and the next search removes it.
        }
    }

    private void Write(JsonObject line)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(line.ToJsonString() + "\n");
        lock (_gate)
        {
            try
            {
                _file.Write(bytes, 0, bytes.Length);
                _file.Flush(flushToDisk: true);
            }
            catch (IOException)
            {
                // A drive that is full ends no run: tags tell of what it makes too.
            }
        }
    }

#if NET
    private static FileStream Open(string path, FileMode mode)
    {
        FileStreamOptions options = new() { Mode = mode, Access = FileAccess.ReadWrite, Share = FileShare.None, BufferSize = 0 };
        if (mode == FileMode.CreateNew && !OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return new FileStream(path, options);
    }
#else
    private static FileStream Open(string path, FileMode mode) => new(path, mode, FileAccess.ReadWrite, FileShare.None, bufferSize: 1);
#endif
}
