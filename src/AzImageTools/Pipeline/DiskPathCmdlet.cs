using System.Collections.ObjectModel;
using System.Management.Automation;
using AzImageTools.Binding;
using AzImageTools.Disks;
using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Repair;
using AzImageTools.Errors;
using AzImageTools.Services;
using AzImageTools.Services.Remote;

namespace AzImageTools.Pipeline;

/// <summary>The base of cmdlets that take disk images by path: one body a file, an error about one leaves the others.</summary>
public abstract class DiskPathCmdlet : AsyncCmdlet
{
    internal const string PathSet = "Path";
    internal const string LiteralPathSet = "LiteralPath";

    private readonly List<PreparedDisk> _prepared = [];
    private readonly Dictionary<string, string> _started = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Disk images; wildcards are allowed. Of objects that have a path, it is taken as it is.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.Path, Position = 0, ParameterSetName = PathSet, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [DiskPath]
    [SupportsWildcards]
    public virtual string[] Path { get; set; } = [];

    /// <summary>Disk images by their exact path: nothing in it is a wildcard.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.LiteralPath, ParameterSetName = LiteralPathSet, ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "FullName")]
    [Cell]
    public virtual string[] LiteralPath { get; set; } = [];

    /// <summary>
    /// Where the files are that an image needs beside itself, if they are not in its own folder: the parent of a checkpoint or
    /// other differencing disk, the backing file of a QCOW2, the extents of a VMDK. Give their folder, which serves the
    /// parents' parents too, or the file itself. The paths that an image gives are never followed: only file names are looked for.
    /// </summary>
    [Parameter(ParameterSetName = PathSet)]
    [Parameter(ParameterSetName = LiteralPathSet)]
    [ValidateNotNullOrEmpty]
    public virtual string? ParentPath { get; set; }

    /// <summary>Whether the disk images are handled side by side, once the last of them is known.</summary>
    private protected virtual bool RunsTogether => false;

    /// <summary>Whether disk images were given; where not, the cmdlet does without one.</summary>
    private protected virtual bool HasDisks => Path.Length > 0 || LiteralPath.Length > 0;

    /// <summary>Whether the changes that are kept beside a disk are taken with it as one; null where the cmdlet does not take a disk's content.</summary>
    private protected virtual bool? UsesRepair => null;

    /// <summary>How to open a disk; the paths in it are full ones.</summary>
    private protected VirtualDiskOptions DiskOptions { get; private set; } = new();

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (!HasDisks)
        {
            Run(ProcessAsync);
            return;
        }

        // Only here may the session be asked what a path means: bodies run on other threads.
        DiskOptions = new VirtualDiskOptions
        {
            ParentPath = ParentPath is null ? null : GetUnresolvedProviderPathFromPSPath(ParentPath),
            UsesRepair = UsesRepair == true,
        };
        foreach (string file in ResolvePaths())
        {
            if (TryPrepare(file) is { } disk)
            {
                Begin(disk);
            }
        }
    }

    /// <inheritdoc/>
    protected sealed override void EndProcessing()
    {
        // Whose work it is that was meant, nobody can tell: so nothing is made of any of them.
        ILookup<bool, PreparedDisk> disks = _prepared.ToLookup(disk => _prepared.Exists(other => other != disk && disk.HasTargetOf(other)));
        foreach (PreparedDisk disk in disks[true])
        {
            WriteError(ErrorRecords.From(TargetGivenTwice(disk, _prepared.Find(other => other != disk && disk.HasTargetOf(other))!.Path)));
        }

        if (disks[false].Any())
        {
            RunTogether([.. disks[false]]);
        }
    }

    /// <summary>Handles all disk images that were to wait for the last of them.</summary>
    /// <param name="disks">What is to be done with each.</param>
    private protected virtual void RunTogether(IReadOnlyList<PreparedDisk> disks)
    {
        foreach (PreparedDisk disk in disks)
        {
            Run(disk.Body);
        }
    }

    /// <summary>Handles several side by side; what they emit comes in their order.</summary>
    /// <param name="disks">What is to be done with each; an error about one leaves the others.</param>
    /// <param name="limit">How many at once at most.</param>
    /// <param name="sink">Where to write.</param>
    /// <param name="context">What services are handed.</param>
    private protected static Task RunSideBySideAsync(IEnumerable<PreparedDisk> disks, int limit, IStreamSink sink, OperationContext context)
    {
        List<Func<Task>> bodies = [];
        Task turn = Task.CompletedTask;
        foreach (PreparedDisk disk in disks)
        {
            TurnSink own = new(sink, turn);
            TaskCompletionSource<bool> ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
            Task before = turn;
            turn = ended.Task;
            bodies.Add(async () =>
            {
                try
                {
                    await GuardAsync(own, disk.Body, context.Cancellation).ConfigureAwait(false);
                    await before.ConfigureAwait(false);
                }
                finally
                {
                    ended.SetResult(true);
                }
            });
        }

        return Fleet.RunAsync(bodies, limit, context);
    }

    /// <summary>What is to be done with one disk image, by the parameters as they are bound now; called on the pipeline's thread.</summary>
    /// <param name="path">Its full path.</param>
    /// <exception cref="ImageServiceException">The parameters can't be used so.</exception>
    private protected virtual PreparedDisk Prepare(string path) => new(path, null, (sink, context) => ProcessDiskAsync(path, sink, context));

    /// <summary>Handles one disk image.</summary>
    /// <param name="path">Its full path.</param>
    /// <param name="sink">Where to write.</param>
    /// <param name="context">What services are handed.</param>
    private protected virtual Task ProcessDiskAsync(string path, IStreamSink sink, OperationContext context) => Task.CompletedTask;

    /// <summary>Does without a disk image, in cmdlets with a parameter set for that.</summary>
    private protected override Task ProcessAsync(IStreamSink sink, OperationContext context) => Task.CompletedTask;

    /// <summary>The full paths of the disk images; called on the pipeline's thread.</summary>
    private protected virtual IEnumerable<string> ResolvePaths()
        => LiteralPath.SelectMany(literal => Resolve(literal, ResolveLiteral)).Concat(Path.SelectMany(pattern => Resolve(pattern, ResolvePattern)));

    private static ImageServiceException TargetGivenTwice(PreparedDisk disk, string other) => new(
        "TargetGivenTwice",
        ErrorKind.InvalidArgument,
        $"{disk.Path} would become {disk.Target}, and so would {(disk.Path == other ? "the same file, given again" : other)}.",
        "Give each disk a target of its own.",
        disk.Path);

    /// <summary>Handles a disk image when the last of them is known.</summary>
    /// <param name="disk">What is to be done with it.</param>
    private protected void RunLater(PreparedDisk disk) => _prepared.Add(disk);

    /// <summary>Who made changes expects them to be used, and who did not must not get them unasked: so neither happens unsaid.</summary>
    private static Func<IStreamSink, OperationContext, Task> TellUnused(PreparedDisk disk, string repair) => (sink, context) =>
    {
        sink.WriteWarning(PrintableText.Of($"The changes that {repair} keeps for {disk.Path} are not used: -UseRepair takes them with it, Undo-AzVhdRepair removes them."));
        return disk.Body(sink, context);
    };

    private PreparedDisk? TryPrepare(string file)
    {
        try
        {
            PreparedDisk disk = Prepare(file);
            return UsesRepair == false && DiskRepair.Find(file) is { } repair ? disk with { Body = TellUnused(disk, repair) } : disk;
        }
        catch (ImageServiceException exception)
        {
            WriteError(ErrorRecords.From(exception));
            return null;
        }
    }

    private void Begin(PreparedDisk disk)
    {
        if (RunsTogether)
        {
            RunLater(disk);
        }
        else if (disk.Target is not null && _started.TryGetValue(disk.Target, out string? other))
        {
            WriteError(ErrorRecords.From(TargetGivenTwice(disk, other)));
        }
        else
        {
            if (disk.Target is not null)
            {
                _started[disk.Target] = disk.Path;
            }

            Run(disk.Body);
        }
    }

    private (Collection<string> Files, ProviderInfo Provider) ResolveLiteral(string path)
        => ([SessionState.Path.GetUnresolvedProviderPathFromPSPath(path, out ProviderInfo provider, out _)], provider);

    private (Collection<string> Files, ProviderInfo Provider) ResolvePattern(string path)
        => (SessionState.Path.GetResolvedProviderPathFromPSPath(path, out ProviderInfo provider), provider);

    private IEnumerable<string> Resolve(string path, Func<string, (Collection<string> Files, ProviderInfo Provider)> resolve)
    {
        try
        {
            (Collection<string> files, ProviderInfo provider) = resolve(path);
            if (provider.Name != "FileSystem")
            {
                WriteError(ErrorRecords.From(new DiskException(
                    "NotAFile", ErrorKind.InvalidArgument, $"'{path}' is not in the file system.", "Give the path of a disk image file.", path)));
                return [];
            }

            if (files.Count == 0)
            {
                WriteError(ErrorRecords.From(NothingMatches(path)));
            }

            return files;
        }
        catch (ItemNotFoundException exception)
        {
            WriteError(ErrorRecords.From(new FileNotFoundException($"There is no file {exception.ItemName}.", exception.ItemName, exception)));
        }
        catch (RuntimeException exception)
        {
            WriteError(ErrorRecords.From(exception, path));
        }

        return [];
    }

    private DiskException NothingMatches(string pattern)
    {
        bool isThere = File.Exists(SessionState.Path.GetUnresolvedProviderPathFromPSPath(pattern));
        return new DiskException(
            "FileNotFound",
            ErrorKind.NotFound,
            $"No file matches '{pattern}'.",
            isThere ? "There is a file of exactly that name: brackets in it are taken for wildcards, so use -LiteralPath." : "Check the pattern and the current location.",
            pattern);
    }
}

/// <summary>What is to be done with a disk image.</summary>
/// <param name="Path">Its full path.</param>
/// <param name="Target">What is made of it, in words that differ for what differs; null where nothing is.</param>
/// <param name="Body">The work.</param>
internal sealed record PreparedDisk(string Path, string? Target, Func<IStreamSink, OperationContext, Task> Body)
{
    /// <summary>Whether it is read in Azure, where others are waited for meanwhile.</summary>
    public bool IsRemote { get; init; }

    /// <summary>Whether the same would be made of another.</summary>
    public bool HasTargetOf(PreparedDisk other) => Target is not null && string.Equals(Target, other.Target, StringComparison.OrdinalIgnoreCase);
}
