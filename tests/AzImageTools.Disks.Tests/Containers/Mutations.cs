using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Images;
using CsCheck;

namespace AzImageTools.Disks.Tests.Containers;

/// <summary>Damages an image in many ways: each time it must read, or be refused with a <see cref="DiskFormatException"/>.</summary>
internal static class Mutations
{
    private const long MostBytes = 96 << 20;

    /// <summary>Changes bytes, most of them where an image has its structures, and undoes that after each try.</summary>
    public static void AssertSurvived(string path, string seed, int iterations)
    {
        byte[] original = File.ReadAllBytes(path);
        Gen<int> place = Gen.OneOf(Gen.Int[0, 511], Gen.Int[0, Math.Min(original.Length, 0x60000) - 1], Gen.Int[0, original.Length - 1]);
        Gen<byte> value = Gen.OneOf(Gen.Byte, Gen.OneOf(Gen.Const((byte)0), Gen.Const((byte)1), Gen.Const((byte)0x7F), Gen.Const((byte)0xFF)));
        Gen.Select(place, value).Array[1, 6].Sample(
            changes =>
            {
                using (FileStream file = File.OpenWrite(path))
                {
                    foreach ((int offset, byte changed) in changes)
                    {
                        RandomAccess.Write(file.SafeFileHandle, [changed], offset);
                    }
                }

                Survive(path);
                using (FileStream file = File.OpenWrite(path))
                {
                    foreach ((int offset, byte _) in changes)
                    {
                        RandomAccess.Write(file.SafeFileHandle, [original[offset]], offset);
                    }
                }
            },
            seed: seed,
            iter: iterations,
            threads: 1);
    }

    /// <summary>Cuts the image off at many places, from its end down.</summary>
    public static void AssertTruncationSurvived(string path, string seed, int iterations)
    {
        long length = new FileInfo(path).Length;
        foreach (long cut in Gen.Long[0, length - 1].Array[iterations].Single(_ => true, seed).OrderDescending())
        {
            using (FileStream file = File.OpenWrite(path))
            {
                file.SetLength(cut);
            }

            Survive(path);
        }
    }

    private static void Survive(string path)
    {
        const int MostReads = 400;
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            using VirtualDisk disk = DiskOpener.Open(path);
            byte[] buffer = new byte[65536];
            int reads = 0;
            foreach (DiskExtent extent in disk.GetExtents(0, disk.Capacity))
            {
                for (long offset = extent.Offset; offset < extent.End && reads < MostReads; offset += buffer.Length, reads++)
                {
                    disk.Read(offset, buffer.AsSpan(0, (int)Math.Min(buffer.Length, extent.End - offset)));
                }
            }
        }
        catch (DiskFormatException)
        {
            // Refused, as it may be.
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MostBytes);
    }
}
