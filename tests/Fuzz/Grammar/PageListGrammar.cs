using System.Globalization;
using System.Text;
using AzImageTools.Fuzz.Images;

namespace AzImageTools.Fuzz.Grammar;

/// <summary>Answers to Get Page Ranges: lists out of order, overlapping, beyond the blob, of a hundred thousand ranges; elements in each other, entities, markers in a circle.</summary>
internal static class PageListGrammar
{
    private const int ManyInterval = 60;

    public static MutableImage Make(FuzzRandom random)
    {
        Canvas lies = new(0, random);
        StringBuilder text = new();
        text.Append(random.Below(12) switch
        {
            0 => string.Empty,
            1 => "<!DOCTYPE a [<!ENTITY b \"" + new string('c', 5000) + "\"><!ENTITY d \"&b;&b;&b;&b;&b;&b;\">]>",
            2 => "\uFEFF",
            _ => "<?xml version=\"1.0\" encoding=\"utf-8\"?>",
        });
        text.Append(random.OneIn(30) ? "<Error>" : "<PageList>");
        long position = 0;
        for (int count = random.OneIn(ManyInterval) ? 50_000 : random.Below(60); count > 0; count--)
        {
            Add(text, lies, ref position);
        }

        if (random.OneIn(40))
        {
            text.Insert(text.Length, "<PageRange>", 20_000);
        }

        string marker = random.OneIn(4) ? $"<NextMarker>{(random.OneIn(2) ? "again" : random.Below(1000))}</NextMarker>" : "<NextMarker/>";
        text.Append(random.OneIn(20) ? string.Empty : marker + "</PageList>");
        return new MutableImage(Encoding.UTF8.GetBytes(text.ToString()));
    }

    private static void Add(StringBuilder text, Canvas lies, ref long position)
    {
        FuzzRandom random = lies.Random;
        long end = position + (512 * (1 + random.Below(8))) - 1;
        string name = random.OneIn(60) ? random.Pick(["ClearRange", "PageRange/", "x", "NextMarker"]) : "PageRange";
        text.Append(CultureInfo.InvariantCulture, $"<{name}><Start>{Number(lies, position)}</Start>");
        if (!random.OneIn(200))
        {
            text.Append(CultureInfo.InvariantCulture, $"<End>{Number(lies, end)}</End>");
        }

        text.Append(CultureInfo.InvariantCulture, $"</{name.TrimEnd('/')}>");
        position = end + 1 + (512 * random.Below(4));
    }

    private static string Number(Canvas lies, long truth)
        => lies.Random.OneIn(500) ? lies.Random.Pick(["", "-1", " 512", "0x200", "1e3", "99999999999999999999", "&d;", "٣", "<a/>"]) : lies.Lie((ulong)truth).ToString(CultureInfo.InvariantCulture);
}
