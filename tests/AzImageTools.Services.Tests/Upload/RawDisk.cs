using AzImageTools.TestKit;

namespace AzImageTools.Services.Tests.Upload;

/// <summary>A raw disk of 40 MiB: ten chunks, each with a long and a short range of data and zeros between and behind them, but for every third, which is empty.</summary>
internal static class RawDisk
{
    public const int Capacity = 40 << 20;

    /// <summary>How many Put Pages its data takes, without the footer.</summary>
    public const int Ranges = 14;

    public static string Create(TempFolder folder, int seed = 1)
    {
        string path = folder.File("disk.raw");
        Random random = new(seed);
        byte[] bytes = new byte[Capacity];
        for (int chunk = 0; chunk < Capacity >> 22; chunk++)
        {
            if (chunk % 3 != 2)
            {
                random.NextBytes(bytes.AsSpan(chunk << 22, 300 << 10));
                random.NextBytes(bytes.AsSpan((chunk << 22) + (2 << 20), 20 << 10));
            }
        }

        File.WriteAllBytes(path, bytes);
        return path;
    }

    /// <summary>The held file is the disk's bytes and a footer.</summary>
    public static async Task AssertHeldAsync(string source, string held)
    {
        byte[] bytes = await File.ReadAllBytesAsync(held);
        Assert.Equal(Capacity + 512, bytes.Length);
        byte[] expected = await File.ReadAllBytesAsync(source);
        Assert.True(bytes.AsSpan(0, Capacity).SequenceEqual(expected), "The bytes held are not the disk's.");
        Assert.Equal("conectix"u8.ToArray(), bytes.AsSpan(Capacity, 8).ToArray());
    }
}
