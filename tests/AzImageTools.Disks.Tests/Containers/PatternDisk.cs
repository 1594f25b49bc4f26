using System.Text;
using AzImageTools.Disks.Containers;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Containers;

/// <summary>A raw disk with what containers treat differently: zeros, text that compresses, noise that does not.</summary>
internal static class PatternDisk
{
    /// <summary>A capacity that is no multiple of any cluster's or grain's size.</summary>
    public const int Capacity = (13 << 20) + (7 * 512);

    /// <summary>Writes the disk.</summary>
    public static string Create(string path, int seed = 20, int pieces = 40)
    {
        Random random = new(seed);
        using FileStream file = File.Create(path);
        file.SetLength(Capacity);
        for (int i = 0; i < pieces; i++)
        {
            byte[] data = new byte[random.Next(512, 150_000)];
            if (i % 2 == 0)
            {
                random.NextBytes(data);
            }
            else
            {
                byte[] text = Encoding.ASCII.GetBytes($"piece {i} of the disk with seed {seed}, ");
                for (int at = 0; at < data.Length; at++)
                {
                    data[at] = text[at % text.Length];
                }
            }

            RandomAccess.Write(file.SafeFileHandle, data, random.NextInt64(Capacity - data.Length));
        }

        // The last sector is data: what lies behind the disk's end must not show.
        RandomAccess.Write(file.SafeFileHandle, Encoding.ASCII.GetBytes(new string('z', 512)), Capacity - 512);
        return path;
    }

    /// <summary>Fails unless a disk holds what another one does, in every way that it can be read.</summary>
    public static void AssertSame(string raw, VirtualDisk disk)
    {
        byte[] expected = File.ReadAllBytes(raw);
        Assert.Equal(expected.Length, disk.Capacity);
        Assert.True(expected.AsSpan().SequenceEqual(DiskContent.Read(disk, 0, expected.Length)), "the disk read at once differs");
        DiskContent.AssertExtentsHoldAllData(disk, 0, disk.Capacity);
        DiskContent.AssertExtentsHoldAllData(disk, 12_345, disk.Capacity - 54_321);

        Random random = new(3);
        for (int i = 0; i < 200; i++)
        {
            int count = random.Next(1, i % 2 == 0 ? 100 : 300_000);
            int offset = random.Next(expected.Length - count);
            Assert.True(expected.AsSpan(offset, count).SequenceEqual(DiskContent.Read(disk, offset, count)), $"{count} bytes from {offset} on differ");
        }
    }

    public static Task<string> ConvertAsync(string raw, string format, string options, string path, params string[] more)
        => ExternalTool.RunAsync("qemu-img", ["convert", "-f", "raw", "-O", format, .. options.Length == 0 ? [] : new[] { "-o", options }, .. more, raw, path]);
}
