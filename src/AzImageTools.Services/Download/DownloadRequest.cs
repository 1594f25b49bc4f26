using AzImageTools.Services.Download.Source;

namespace AzImageTools.Services.Download;

/// <summary>What to bring down, and where to.</summary>
public sealed record DownloadRequest
{
    /// <summary>What to bring down.</summary>
    public required DownloadSource Source { get; init; }

    /// <summary>The VHD or VHDX to make, told by its extension; or an existing folder, for a VHD with the source's name.</summary>
    public required string Path { get; init; }

    /// <summary>Makes a dynamic VHD, of the blocks that hold data alone, rather than a fixed one. A VHDX always is dynamic.</summary>
    public bool Dynamic { get; init; }

    /// <summary>Replaces a file that is there; it stays until the new one is whole.</summary>
    public bool Force { get; init; }

    /// <summary>Starts over where an interrupted run could be continued.</summary>
    public bool Restart { get; init; }

    /// <summary>Reads everything a second time from Azure, and compares it with the file.</summary>
    public bool Verify { get; init; }

    /// <summary>
    /// Asked whether a file that is there may be replaced, where <see cref="Force"/> does not say so; it is given the error that a no
    /// makes. Null for a no.
    /// </summary>
    public Func<Exception, Task<bool>>? AskToReplace { get; init; }
}
