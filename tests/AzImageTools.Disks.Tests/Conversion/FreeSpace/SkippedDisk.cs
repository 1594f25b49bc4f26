using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Conversion;
using AzImageTools.Disks.Conversion.FreeSpace;
using AzImageTools.Disks.Images;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Conversion.FreeSpace;

/// <summary>What becomes of a raw disk when its free space is left out.</summary>
internal static class SkippedDisk
{
    /// <summary>Looks over a raw disk, mostly one that is a volume as a whole.</summary>
    public static FreeSpaceVolume Survey(string image)
    {
        using VirtualDisk disk = DiskOpener.Open(image);
        return Assert.Single(new OpenedImage(disk).FreeSpace.Volumes);
    }

    /// <summary>Converts a raw disk without its free space, and saves what the VHD has of it as a raw disk again.</summary>
    public static async Task<(VhdConversion Conversion, string Image)> ConvertAsync(TempFolder folder, string image)
    {
        using VirtualDisk disk = DiskOpener.Open(image);
        VhdConversion made = VhdConverter.Prepare(new OpenedImage(disk), folder.File("made.vhd"), new VhdConversionOptions { SkipFreeSpace = true, FlushesToDevice = false, Force = true }).Run();
        string path = folder.File("made-" + Path.GetFileName(image));
        File.Copy(made.Path, path, overwrite: true);
        await using FileStream file = File.OpenWrite(path);
        file.SetLength(disk.Capacity);
        return (made, path);
    }

    /// <summary>Fails unless each block of two images is the same, or in the second one zero; returns the bytes that became zero.</summary>
    public static async Task<long> CountZeroedAsync(string before, string after, int blockSize)
    {
        byte[] first = await File.ReadAllBytesAsync(before);
        byte[] second = await File.ReadAllBytesAsync(after);
        Assert.Equal(first.Length, second.Length);
        long zeroed = 0;
        for (int offset = 0; offset < first.Length; offset += blockSize)
        {
            ReadOnlySpan<byte> one = first.AsSpan(offset, Math.Min(blockSize, first.Length - offset));
            ReadOnlySpan<byte> other = second.AsSpan(offset, one.Length);
            bool isSame = one.SequenceEqual(other);
            Assert.True(isSame || ZeroScanner.IsZero(other), $"the block at {offset} is neither what it was nor zero");
            zeroed += isSame ? 0 : one.Length;
        }

        return zeroed;
    }
}
