using System.Globalization;
using System.Text;
using AzImageTools.Fuzz.Images;
using AzImageTools.Services.Upload.Transfer;

namespace AzImageTools.Fuzz.Grammar;

/// <summary>Journals of uploads whose lines have right checksums: headers of disks of any size, chunks that overlap, repeat, lie outside, have no end.</summary>
internal static class JournalGrammar
{
    private const int ManyInterval = 30;

    public static MutableImage Make(FuzzRandom random)
    {
        // Only what a number may be told to be is of interest here.
        Canvas lies = new(0, random);
        StringBuilder text = new();
        long length = random.Pick<long>([1L << 20, 1L << 30, 8L << 40, long.MaxValue, 1024, 512, -1]) + 512;
        AddLine(text, random, "h " + Header(lies, length));
        int count = random.OneIn(ManyInterval) ? 5000 : random.Below(60);
        for (int i = 0; i < count; i++)
        {
            AddLine(text, random, random.OneIn(50) ? "v" : Chunk(lies, i));
        }

        return new MutableImage(Encoding.UTF8.GetBytes(text.ToString()));
    }

    private static void AddLine(StringBuilder text, FuzzRandom random, string line)
    {
        ulong sum = Crc64Nvme.Compute(Encoding.UTF8.GetBytes(line));
        text.Append(CultureInfo.InvariantCulture, $"{(random.OneIn(400) ? 0 : sum):x16} {line}{(random.OneIn(400) ? "\r" : "\n")}");
    }

    private static string Header(Canvas lies, long length)
    {
        FuzzRandom random = lies.Random;
        string path = random.OneIn(12) ? new string(random.Pick(['a', '"', '\\', '\0']), random.Below(300_000)) : "/disks/made.vhd";
        string[] fields =
        [
            $"\"Version\":{Number(lies, random.OneIn(20) ? 1 : Services.Upload.Resume.JournalHeader.CurrentVersion)}",
            "\"RunId\":\"r1\"",
            "\"LeaseId\":\"3A1F9B52-0C51-4C7B-8E0A-5F6E1B7F2C01\"",
            "\"Target\":\"https://account.blob.core.windows.net/c/b\"",
            $"\"Length\":{Number(lies, length)}",
            "\"Begun\":\"2026-01-01T00:00:00+00:00\"",
            "\"SkipsFreeSpace\":false",
            $"\"Source\":{{\"Path\":{System.Text.Json.JsonSerializer.Serialize(path)},\"Format\":\"Vhd\",\"Capacity\":{Number(lies, length - 512)},\"Files\":[{Files(lies)}]}}",
        ];
        return random.OneIn(30) ? new string('[', random.Below(100_000)) : "{" + string.Join(',', fields.Where(_ => !random.OneIn(300))) + "}";
    }

    private static string Files(Canvas lies)
    {
        int count = lies.Random.OneIn(20) ? 2000 : 1;
        return string.Join(',', Enumerable.Range(0, count).Select(i => $"{{\"Path\":\"/disks/{i}\",\"Length\":{Number(lies, 512)},\"LastWriteTime\":\"2026-01-01T00:00:00+00:00\"}}"));
    }

    private static string Number(Canvas lies, long truth) => ((long)lies.Lie((ulong)truth)).ToString(CultureInfo.InvariantCulture);

    private static string Chunk(Canvas lies, int number)
    {
        const int ChunkSize = 4 << 20;
        FuzzRandom random = lies.Random;
        long offset = random.OneIn(20) ? random.Below(number + 1) * 512L : number * (long)ChunkSize;
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"c {lies.Lie((ulong)offset):x} {lies.Lie(ChunkSize):x}");
        int ranges = random.OneIn(40) ? 60 : random.Below(4);
        for (int i = 0; i < ranges; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $" {lies.Lie((ulong)offset + ((ulong)i << 18)):x} {lies.Lie(4096):x} {random.Next():x16}");
        }

        return text.ToString();
    }
}
