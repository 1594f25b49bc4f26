using AzImageTools.Disks.Images;
using AzImageTools.Disks.Inspection;
using AzImageTools.Disks.Volumes;
using AzImageTools.TestKit;
using CsCheck;

namespace AzImageTools.Disks.Tests.Volumes;

public class VolumeMutationTests
{
    private const int MaximumEntries = 600;
    private const int MaximumPathLength = 1000;
    private const int RegionSize = 1024;
    private const int Truncations = 8;

    [Theory]
    [InlineData("fat16", 150)]
    [InlineData("fat32", 100)]
    [InlineData("ntfs", 1000)]
    [InlineData("wof", 300)]
    [InlineData("ext2", 400)]
    [InlineData("ext3", 400)]
    [InlineData("ext3-journal", 400)]
    [InlineData("ext4", 400)]
    [InlineData("xfs", 300)]
    [InlineData("xfs4", 300)]
    [InlineData("xfs-log", 200)]
    public void A_damaged_volume_gives_only_DiskFormatExceptions(string volume, int iterations)
    {
        using TempFolder folder = new();
        byte[] image = File.ReadAllBytes(TestFile.Unpack($"volumes/{volume}.img", folder));
        int[] regions = volume.StartsWith("ext", StringComparison.Ordinal) || volume.StartsWith("xfs", StringComparison.Ordinal) ? FindUsed(image)
            : volume is "ntfs" or "wof" ? FindRecords(image)
            : [.. Enumerable.Range(0, 600).Select(static number => number * RegionSize)];
        Gen.Select(Gen.Int[0, regions.Length - 1], Gen.Int[0, RegionSize - 1], Gen.Byte)
            .Array[1, 24]
            .Select(Gen.Int[0, Truncations])
            .Sample(
                mutation =>
                {
                    // Changed in place and put back: an image is too large to copy for every sample.
                    (int Offset, byte Before)[] undo = new (int, byte)[mutation.Item1.Length];
                    for (int i = 0; i < undo.Length; i++)
                    {
                        (int region, int offset, byte value) = mutation.Item1[i];
                        undo[i] = (regions[region] + offset, image[regions[region] + offset]);
                        image[regions[region] + offset] = value;
                    }

                    Walk(new MemoryByteSource(image, mutation.Item2 == Truncations ? image.Length / 2 : image.Length));
                    foreach ((int offset, byte before) in undo.Reverse())
                    {
                        image[offset] = before;
                    }
                },
                seed: "0000dvMmt0p2",
                iter: iterations,
                threads: 1);
    }

    /// <summary>Where metadata is: the boot sector, and whatever begins as a record of a file or an index does.</summary>
    private static int[] FindRecords(byte[] image)
        => [0, .. Enumerable.Range(1, (image.Length / RegionSize) - 1)
            .Select(static number => number * RegionSize)
            .Where(offset => image.AsSpan(offset).StartsWith("FILE"u8) || image.AsSpan(offset).StartsWith("INDX"u8))];

    /// <summary>What is not zero; the superblock, descriptors and first inodes more often.</summary>
    private static int[] FindUsed(byte[] image)
    {
        int[] used = [.. Enumerable.Range(0, image.Length / RegionSize)
            .Select(static number => number * RegionSize)
            .Where(offset => image.AsSpan(offset, RegionSize).ContainsAnyExcept((byte)0))];
        return [.. Enumerable.Repeat(used.Take(32), 10).SelectMany(static first => first), .. used];
    }

    private static void Walk(MemoryByteSource source)
    {
        IFileSystem? files = null;
        Attempt(() => files = FileSystem.TryOpen(source));
        if (files is null)
        {
            return;
        }

        Attempt(() => _ = files.Label);
        Attempt(() => _ = files.IsDirty);
        Attempt(() => _ = files.GetFreeExtents().Count());
        Attempt(() => _ = new OpenedImage(source).FreeSpace);
        Attempt(() => _ = files.GetEntry(@"Fragments\fragmented.bin"));
        Attempt(() => _ = GuestIdentity.Detect(files));
        Queue<string> folders = new([string.Empty]);
        int budget = MaximumEntries;
        while (budget > 0 && folders.TryDequeue(out string? folder))
        {
            Attempt(() =>
            {
                foreach (FileSystemEntry entry in files.Enumerate(folder))
                {
                    if (--budget <= 0)
                    {
                        break;
                    }

                    if (entry.IsDirectory && entry.Path.Length < MaximumPathLength)
                    {
                        folders.Enqueue(entry.Path);
                    }
                    else if (!entry.IsDirectory)
                    {
                        Attempt(() => ReadSome(files, entry.Path));
                    }
                }
            });
        }
    }

    private static void ReadSome(IFileSystem files, string path)
    {
        using Stream? content = Open(files, path);
        if (content is null)
        {
            return;
        }

        byte[] buffer = new byte[20_000];
        _ = content.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        content.Position = content.Length / 2;
        _ = content.Read(buffer, 0, 100);
    }

    private static Stream? Open(IFileSystem files, string path)
    {
        try
        {
            return files.OpenFile(path);
        }
        catch (FileNotFoundException)
        {
            // Names that are listed need not be found again in an index that is no longer sorted.
            return null;
        }
    }

    private static void Attempt(Action action)
    {
        try
        {
            action();
        }
        catch (DiskFormatException)
        {
            // The one exception that damage may cause.
        }
    }
}
