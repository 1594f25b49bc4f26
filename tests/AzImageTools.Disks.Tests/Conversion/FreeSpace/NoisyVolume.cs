using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Images;
using AzImageTools.Disks.Tests.Volumes.Xfs;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Conversion.FreeSpace;

/// <summary>
/// Volumes made by the real tools on an image full of noise, as a disk is after years of use: each free block holds
/// something, and what is not free is what the tools wrote, or left as it was.
/// </summary>
internal static class NoisyVolume
{
    public static async Task<string> MakeNtfsAsync(TempFolder folder, string name = "ntfs.img", int mebibytes = 24, params string[] options)
    {
        ExternalTool.SkipUnlessInstalled("mkntfs", "ntfscp");
        string image = await MakeNoiseAsync(folder.File(name), mebibytes);
        await ExternalTool.RunAsync("mkntfs", ["-F", "-Q", "-q", "-s", "512", "-p", "0", "-H", "16", "-S", "63", .. options, image]);
        foreach (int size in new[] { 0, 100, 5000, 300_000 })
        {
            await CopyToNtfsAsync(folder, image, $"{size}.bin", Noise(size));
        }

        return image;
    }

    public static async Task CopyToNtfsAsync(TempFolder folder, string image, string name, byte[] content)
    {
        string source = folder.File("source.bin");
        await File.WriteAllBytesAsync(source, content);
        await ExternalTool.RunAsync("ntfscp", "-q", image, source, name);
    }

    /// <summary>An ext volume with a tree, some files of which were deleted again.</summary>
    public static async Task<string> MakeExtAsync(TempFolder folder, string type, string options = "", int mebibytes = 48)
    {
        ExternalTool.SkipUnlessInstalled("mke2fs", "debugfs");
        string tree = MakeTree(folder);
        string image = await MakeNoiseAsync(folder.File("ext.img"), mebibytes);
        await ExternalTool.RunAsync(
            "mke2fs", ["-q", "-F", "-E", "nodiscard", "-d", tree, "-t", type, .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries), image, $"{mebibytes}M"]);
        foreach (int deleted in new[] { 2, 5, 11 })
        {
            await ExternalTool.RunAsync("debugfs", "-w", "-R", $"rm files/{deleted}.bin", image);
        }

        return image;
    }

    /// <summary>A FAT volume with a tree, some files of which were deleted again.</summary>
    public static async Task<string> MakeFatAsync(TempFolder folder, string bits, int mebibytes = 36)
    {
        ExternalTool.SkipUnlessInstalled("mkfs.fat", "mcopy", "mdel");
        string tree = MakeTree(folder);
        string image = await MakeNoiseAsync(folder.File("fat.img"), mebibytes);
        await ExternalTool.RunAsync("mkfs.fat", "-F", bits, "-s", bits switch { "12" => "32", "16" => "8", _ => "1" }, image);
        await ExternalTool.RunAsync("mcopy", "-s", "-i", image, Path.Combine(tree, "files"), "::");
        await ExternalTool.RunAsync("mdel", "-i", image, "::files/2.bin", "::files/5.bin", "::files/11.bin");
        return image;
    }

    /// <summary>An XFS volume with a tree, and noise in free blocks of it: how much is told.</summary>
    public static async Task<(string Image, long Noise)> MakeXfsAsync(TempFolder folder)
    {
        const int MostNoise = 64 << 20;
        string image = await XfsTree.MakeAsync(folder, MakeTree(folder));
        DiskExtent[] free;
        using (VirtualDisk disk = DiskOpener.Open(image))
        {
            free = [.. FileSystem.TryOpen(disk)!.GetFreeExtents()];
        }

        byte[] piece = Noise(1 << 20);
        long written = 0;
        await using FileStream file = File.OpenWrite(image);
        foreach (DiskExtent extent in free)
        {
            for (long offset = extent.Offset; offset < extent.End && written < MostNoise; offset += piece.Length)
            {
                file.Position = offset;
                int count = (int)Math.Min(piece.Length, extent.End - offset);
                await file.WriteAsync(piece.AsMemory(0, count));
                written += count;
            }
        }

        return (image, written);
    }

    public static async Task<string> MakeNoiseAsync(string path, int mebibytes)
    {
        byte[] piece = Noise(1 << 20);
        await using FileStream file = File.Create(path);
        for (int i = 0; i < mebibytes; i++)
        {
            await file.WriteAsync(piece);
        }

        return path;
    }

    private static string MakeTree(TempFolder folder)
    {
        string files = Directory.CreateDirectory(folder.File("tree/files")).FullName;
        for (int i = 0; i < 14; i++)
        {
            File.WriteAllBytes(Path.Combine(files, $"{i}.bin"), Noise(i * i * 3000));
        }

        return folder.File("tree");
    }

    private static byte[] Noise(int size)
    {
        byte[] bytes = new byte[size];
        new Random(size).NextBytes(bytes);
        return bytes;
    }
}
