using System.Diagnostics;
using System.Globalization;
using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Images;
using AzImageTools.Disks.Inspection;
using AzImageTools.Disks.Registry;
using AzImageTools.Disks.Volumes;

namespace AzImageTools.Benchmarks;

/// <summary>What this program does when it is started to be measured reading a guest. Each prints a count, and the milliseconds that it took after its start.</summary>
internal static class ReaderProcess
{
    public const string Mode = "engine-read";
    public const string Nothing = "nothing";
    public const string List = "list";
    public const string Content = "content";
    public const string Value = "value";
    public const string Hive = "hive";

    public static int Run(string work, string path)
    {
        if (work == Value)
        {
            // A session of PowerShell has loaded its language's rules when it is started.
            _ = "ä".ToUpperInvariant();
        }

        long start = Stopwatch.GetTimestamp();
        long count = work switch
        {
            List => WithVolume(path, static (files, _) => CountEntries(files)),
            Content => WithVolume(path, static (files, _) => CountBytes(files)),
            Value => WithVolume(path, ReadValue),
            Hive => WalkHive(path),
            _ => 0,
        };
        double milliseconds = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{count} {milliseconds:0.0}"));
        return 0;
    }

    /// <summary>Goes to work on the disk's largest volume, which is the one with the files.</summary>
    private static long WithVolume(string path, Func<IFileSystem, VirtualDisk, long> work)
    {
        using VirtualDisk disk = DiskOpener.Open(path);
        DiskVolume volume = new OpenedImage(disk).Volumes.MaxBy(static candidate => candidate.Content.Length)!;
        return work(volume.FileSystem!, disk);
    }

    private static IEnumerable<FileSystemEntry> Walk(IFileSystem files)
    {
        Stack<IEnumerable<FileSystemEntry>> folders = new([files.Enumerate(string.Empty)]);
        while (folders.TryPop(out IEnumerable<FileSystemEntry>? folder))
        {
            foreach (FileSystemEntry entry in folder)
            {
                yield return entry;
                if (entry is { IsDirectory: true, IsLink: false })
                {
                    folders.Push(files.Enumerate(entry));
                }
            }
        }
    }

    private static long CountEntries(IFileSystem files)
    {
        long count = 0;
        foreach (FileSystemEntry _ in Walk(files))
        {
            count++;
        }

        return count;
    }

    private static long CountBytes(IFileSystem files)
    {
        byte[] buffer = new byte[128 * 1024];
        long bytes = 0;
        foreach (FileSystemEntry entry in Walk(files).Where(static entry => entry is { IsDirectory: false, IsLink: false }))
        {
            using Stream content = files.OpenFile(entry);
            for (int count; (count = content.Read(buffer, 0, buffer.Length)) > 0;)
            {
                bytes += count;
            }
        }

        return bytes;
    }

    /// <summary>Reads one value, and counts what was read of the disk's file for it.</summary>
    private static long ReadValue(IFileSystem files, VirtualDisk disk)
    {
        using WindowsHives hives = WindowsHives.Open(files)!;
        return hives.OpenKey(@"SOFTWARE\Microsoft\Windows NT\CurrentVersion")?.GetValue("ProductName")?.Value is string
            ? disk.BytesRead
            : throw new InvalidOperationException("The value is not there.");
    }

    private static long WalkHive(string path)
    {
        using RegistryHive hive = RegistryHive.Open(File.OpenRead(path), path);
        Stack<RegistryKey> keys = new([hive.Root]);
        long count = 0;
        while (keys.TryPop(out RegistryKey? key))
        {
            count++;
            foreach (RegistryValue value in key.GetValues())
            {
                _ = value.Data.Length;
            }

            foreach (RegistryKey child in key.GetSubKeys())
            {
                keys.Push(child);
            }
        }

        return count;
    }
}
