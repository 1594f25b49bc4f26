namespace AzImageTools.Disks.Items;

/// <summary>How to copy items out of a disk image.</summary>
public sealed record ItemCopyOptions
{
    /// <summary>Whether folders are copied, with all that is below them.</summary>
    public bool Recurse { get; init; }

    /// <summary>Whether files that are there are replaced; each stays until the new one is whole.</summary>
    public bool Force { get; init; }

    /// <summary>Asked whether a file that is there may be replaced, where <see cref="Force"/> does not say so; null makes it an error, which is what this is given.</summary>
    public Func<DiskItemException, bool>? AskToReplace { get; init; }

    /// <summary>Told what of an item as a whole was left out or got another name, as a sentence.</summary>
    public Action<string>? Warn { get; init; }

    /// <summary>Told of each file and folder that is left out or gets another name, as a sentence.</summary>
    public Action<string>? Note { get; init; }

    /// <summary>Told what is being copied.</summary>
    public IProgress<ItemCopyProgress>? Progress { get; init; }

    /// <summary>Stops the copying; what was begun of a file is removed.</summary>
    public CancellationToken Cancellation { get; init; }

    /// <summary>Tells the time.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}

/// <summary>How far copying has come.</summary>
/// <param name="ItemPath">What is being copied, fit to be shown.</param>
/// <param name="FileCount">How many files were copied before it.</param>
/// <param name="BytesCopied">How many bytes were copied so far, of all files.</param>
public sealed record ItemCopyProgress(string ItemPath, long FileCount, long BytesCopied);
