using AzImageTools.Disks;
using AzImageTools.Disks.Containers;

namespace AzImageTools.Services.Upload.Source;

/// <summary>By what an upload knows whether its disk is still the one that it began with.</summary>
/// <param name="Path">The image file's full path.</param>
/// <param name="Format">Its format.</param>
/// <param name="Capacity">The disk's capacity in bytes, as its guest sees it.</param>
/// <param name="Files">All its files, those of the disks it goes back to among them.</param>
internal sealed record SourceIdentity(string Path, DiskFormat Format, long Capacity, IReadOnlyList<SourceFile> Files)
{
    /// <summary>The identity of an open disk, as its files are now.</summary>
    public static SourceIdentity Of(VirtualDisk disk) => new(disk.Path, disk.Format, disk.Capacity, [.. disk.FilePaths.Select(SourceFile.Of)]);

    /// <summary>What is not as in another identity, as a sentence; null where nothing is.</summary>
    public string? FindDifference(SourceIdentity other)
    {
        if (!string.Equals(Path, other.Path, StringComparison.Ordinal))
        {
            return $"It is {other.Path} now, and was {Path}.";
        }

        if (Format != other.Format || Capacity != other.Capacity)
        {
            return $"It is a {other.Format} disk of {other.Capacity} bytes now, and was a {Format} disk of {Capacity} bytes.";
        }

        if (Files.Count != other.Files.Count)
        {
            return $"It has {other.Files.Count} files now, and had {Files.Count}.";
        }

        SourceFile? changed = other.Files.Where((file, index) => file != Files[index]).FirstOrDefault();
        return changed is null ? null
            : changed.Length < 0 ? $"{changed.Path} is gone."
            : FormattableString.Invariant($"{changed.Path} has {changed.Length} bytes now and was last written at {changed.LastWriteTime:u}.");
    }
}

/// <summary>A file of the disk that is uploaded, by what changes when somebody writes to it.</summary>
/// <param name="Path">Its full path.</param>
/// <param name="Length">Its length in bytes.</param>
/// <param name="LastWriteTime">When it was last written.</param>
internal sealed record SourceFile(string Path, long Length, DateTimeOffset LastWriteTime)
{
    /// <summary>The file as it is now; length -1 where it is gone.</summary>
    public static SourceFile Of(string path)
    {
        FileInfo file = new(path);
        return file.Exists ? new SourceFile(path, file.Length, new DateTimeOffset(file.LastWriteTimeUtc, TimeSpan.Zero)) : new SourceFile(path, -1, default);
    }
}
