using System.Globalization;
using System.IO.Compression;
using System.Text;
using AzImageTools.Fuzz.Images;

namespace AzImageTools.Fuzz.Grammar;

/// <summary>Images of initramfs: archives one behind the other, plain and packed, with names and sizes that lie, and ones that unpack to a thousand times what they hold.</summary>
internal static class CpioGrammar
{
    private const int BombInterval = 60;
    private const int LongestBomb = 64 << 20;

    public static MutableImage Make(FuzzRandom random)
    {
        // Only what a number may be told to be is of interest here.
        Canvas lies = new(0, random);
        List<byte> image = [];
        for (int archives = random.Below(4); archives > 0; archives--)
        {
            AddArchive(image, lies);
        }

        List<byte> last = [];
        AddArchive(last, lies);
        if (random.OneIn(BombInterval))
        {
            last.AddRange(new byte[random.Below(LongestBomb)]);
        }

        image.AddRange(random.Below(4) switch
        {
            0 => [.. last],
            1 => Pack(last, static stream => new GZipStream(stream, CompressionLevel.Fastest, leaveOpen: true)),
            2 => Pack(last, static stream => new ZstdSharp.CompressionStream(stream, leaveOpen: true)),
            _ => CutOff(Pack(last, static stream => new GZipStream(stream, CompressionLevel.Fastest, leaveOpen: true)), random),
        });
        return new MutableImage([.. image]);
    }

    private static byte[] CutOff(byte[] bytes, FuzzRandom random) => bytes[..random.Below(bytes.Length + 1)];

    private static byte[] Pack(List<byte> bytes, Func<Stream, Stream> pack)
    {
        using MemoryStream packed = new();
        using (Stream stream = pack(packed))
        {
            stream.Write([.. bytes]);
        }

        return packed.ToArray();
    }

    private static void AddArchive(List<byte> image, Canvas lies)
    {
        FuzzRandom random = lies.Random;
        int count = random.OneIn(20) ? 2000 : random.Below(30);
        for (int i = 0; i < count; i++)
        {
            string name = random.Below(12) switch
            {
                0 => string.Empty,
                1 => new string('a', random.Pick([1, 4094, 4095, 4096, 10_000])),
                2 => "lib/modules/6.1.0/kernel/drivers/hv/hv_vmbus.ko",
                3 => "\u001b[31m\0",
                _ => "usr/lib/" + i,
            };
            AddEntry(image, lies, name, random.OneIn(3) ? random.Below(300) : 0);
        }

        if (!random.OneIn(12))
        {
            AddEntry(image, lies, "TRAILER!!!", 0);
            image.AddRange(new byte[random.Below(600)]);
        }
    }

    private static void AddEntry(List<byte> image, Canvas lies, string name, int size)
    {
        StringBuilder header = new("070701");
        int nameSize = Encoding.UTF8.GetByteCount(name) + 1;
        foreach (long field in new long[] { 1, 0x81A4, 0, 0, 1, 0, size, 0, 0, 0, 0, nameSize, 0 })
        {
            header.Append(((uint)lies.Lie((ulong)field)).ToString("X8", CultureInfo.InvariantCulture));
        }

        int start = image.Count;
        image.AddRange(Encoding.UTF8.GetBytes(header.ToString() + name + '\0'));
        Pad(image, start);
        image.AddRange(new byte[size]);
        Pad(image, start);
    }

    private static void Pad(List<byte> image, int start)
    {
        while ((image.Count - start) % 4 != 0)
        {
            image.Add(0);
        }
    }
}
