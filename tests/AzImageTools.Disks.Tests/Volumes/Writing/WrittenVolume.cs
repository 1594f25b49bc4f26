using System.Diagnostics.CodeAnalysis;
using AzImageTools.Disks.Images;
using AzImageTools.Disks.Overlay;
using AzImageTools.Disks.Volumes;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Volumes.Writing;

/// <summary>A volume on an overlay, which programs get to see as a file with the changes in it.</summary>
internal sealed class WrittenVolume : IDisposable
{
    private readonly string _path;

    /// <param name="path">The volume, as a file.</param>
    /// <param name="image">The same, in memory.</param>
    public WrittenVolume(string path, byte[] image)
        : this(path, new MemoryByteSource(image))
    {
    }

    /// <param name="path">The volume, as a file.</param>
    /// <param name="image">The same, to be read.</param>
    public WrittenVolume(string path, IByteSource image)
    {
        _path = path;
        Overlay = new DiskOverlay(image);
        Files = FileSystem.TryOpen(Overlay)!;
    }

    public DiskOverlay Overlay { get; }

    public IFileSystem Files { get; }

    public IWritableFiles Writable => Assert.IsType<IWritableFiles>(Files, exactMatch: false);

    public void Dispose() => Overlay.Dispose();

    /// <summary>Has something done with the file while it holds the changes.</summary>
    public async Task WithFileAsync(Func<string, Task> look)
    {
        OverlayChange[] changes = [.. Overlay.EnumerateChanges()];
        Write(changes.Select(static change => (change.Offset, change.After)));
        try
        {
            await look(_path);
        }
        finally
        {
            Write(changes.Select(static change => (change.Offset, change.Before)));
        }
    }

    /// <summary>Has a program check the volume, which must find nothing.</summary>
    public Task CheckAsync(string program, params string[] options) => WithFileAsync(async path =>
    {
        (int code, string output, string error) = await ExternalTool.TryRunAsync(program, [.. options, path]);
        Assert.True(code == 0, $"{program} ended with {code}:\n{output}{error}");
    });

    /// <summary>What Linux reads of the volume, in the model's lines; null where volumes can't be mounted here.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "What can't be mounted is told by the exit code.")]
    public async Task<string[]?> ReadMountedAsync(TempFolder folder, string type)
    {
        string[]? lines = null;
        await WithFileAsync(async path =>
        {
            string place = Directory.CreateDirectory(folder.File("mounted")).FullName;
            (int code, _, _) = await ExternalTool.TryRunAsync("mount", "-t", type, "-o", type == "xfs" ? "ro,loop,nouuid" : "ro,loop", path, place);
            if (code != 0)
            {
                return;
            }

            try
            {
                lines = FilesModel.Describe(place);
            }
            finally
            {
                await ExternalTool.RunAsync("umount", place);
            }
        });
        return lines;
    }

    private void Write(IEnumerable<(long Offset, ReadOnlyMemory<byte> Bytes)> pieces)
    {
        using FileStream file = new(_path, FileMode.Open, FileAccess.Write);
        foreach ((long offset, ReadOnlyMemory<byte> bytes) in pieces)
        {
            file.Position = offset;
            file.Write(bytes.Span);
        }
    }
}
