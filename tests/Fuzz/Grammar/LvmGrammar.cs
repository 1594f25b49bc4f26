using System.Globalization;
using System.Text;
using AzImageTools.Fuzz.Images;
using AzImageTools.TestKit;

namespace AzImageTools.Fuzz.Grammar;

/// <summary>Disks that are a physical volume of LVM2: texts of volume groups whose segments overlap, refer to one another in circles, count in the billions; texts that nest, or never end.</summary>
internal sealed class LvmGrammar
{
    private const int Sector = 512;
    private const int Area = 4096;
    private const int ShortArea = 64 << 10;
    private const int LongArea = 2 << 20;
    private const int LongInterval = 200;
    private const string Id = "abcdefghijklmnopqrstuvwxyz012345";

    private readonly Canvas _canvas;
    private readonly FuzzRandom _random;
    private readonly StringBuilder _text = new();
    private readonly int _areaLength;

    private LvmGrammar(FuzzRandom random)
    {
        _random = random;
        _areaLength = random.OneIn(LongInterval) ? LongArea : ShortArea;
        _canvas = new Canvas(Area + _areaLength + (1 << 20), random);
    }

    public static MutableImage Make(FuzzRandom random)
    {
        LvmGrammar grammar = new(random);
        if (random.OneIn(6))
        {
            grammar.WriteOddText();
        }
        else
        {
            grammar.WriteGroup();
        }

        grammar.WriteDisk();
        return grammar._canvas.Image;
    }

    private void WriteDisk()
    {
        const int Label = Sector;
        const int Header = 32;
        _canvas.Bytes(Label, "LABELONE"u8);
        _canvas.Little64(Label + 8, 1);
        _canvas.Little32(Label + 20, Header);
        _canvas.Bytes(Label + 24, "LVM2 001"u8);
        _canvas.Bytes(Label + Header, Encoding.ASCII.GetBytes(Id));
        _canvas.Little64(Label + Header + 32, (ulong)_canvas.Image.Length);
        _canvas.Little64(Label + Header + 40, 1 << 20);
        int count = _random.OneIn(20) ? 20 : 1;
        for (int i = 0; i < count; i++)
        {
            _canvas.Little64(Label + Header + 72 + (i * 16), Area);
            _canvas.Little64(Label + Header + 80 + (i * 16), (ulong)_areaLength);
        }

        Sign(Label + 16, Label + 20, Sector - 20);
        byte[] text = Encoding.UTF8.GetBytes(_text.ToString());
        text = text[..Math.Min(text.Length, _areaLength - Sector)];
        _canvas.Bytes(Area + Sector, text);
        _canvas.Bytes(Area + 4, " LVM2 x[5A%r0N*>"u8);
        _canvas.Little32(Area + 20, 1);
        _canvas.Little64(Area + 24, Area);
        _canvas.Little64(Area + 32, (ulong)_areaLength);
        _canvas.Little64(Area + 40, Sector);
        _canvas.Little64(Area + 48, (ulong)text.Length);
        _canvas.Bytes(Area + 56, BitConverter.GetBytes(StructureChecksum.LvmOf(text)));
        Sign(Area, Area + 4, Sector - 4);
    }

    private void Sign(long field, long start, int length)
        => _canvas.Bytes(field, BitConverter.GetBytes(StructureChecksum.LvmOf(_canvas.Image.Read(start, length))));

    private string Number(long truth) => ((long)_canvas.Lie((ulong)truth)).ToString(CultureInfo.InvariantCulture);

    private string Name(string truth) => _random.OneIn(40) ? _random.Pick(["pv0", "lv0", "lv1", "lv2", "vg", "", "..", new string('n', 200), "\u001b[2J"]) : truth;

    private void WriteGroup()
    {
        _text.Append("contents = \"Text Format Volume Group\"\nversion = 1\n");
        _text.Append(CultureInfo.InvariantCulture, $"vg {{\nid = \"abc\"\nseqno = {Number(3)}\nstatus = [\"RESIZEABLE\"]\nextent_size = {Number(8)}\nphysical_volumes {{\n");
        int members = _random.OneIn(20) ? 500 : 1 + _random.Below(2);
        for (int i = 0; i < members; i++)
        {
            _text.Append(CultureInfo.InvariantCulture, $"{Name($"pv{i}")} {{\nid = \"{(i == 0 ? Id : "other" + i)}\"\ndevice = \"/dev/sda\"\npe_start = {Number(2048)}\npe_count = {Number(200)}\n}}\n");
        }

        _text.Append("}\nlogical_volumes {\n");
        int volumes = _random.OneIn(30) ? 1000 : 1 + _random.Below(5);
        for (int i = 0; i < volumes; i++)
        {
            WriteVolume(i);
        }

        _text.Append("}\n}\n");
    }

    private void WriteVolume(int number)
    {
        int segments = _random.OneIn(40) ? 500 : 1 + _random.Below(3);
        _text.Append(CultureInfo.InvariantCulture, $"{Name($"lv{number}")} {{\nid = \"lv{number}\"\nstatus = [\"READ\", \"VISIBLE\"]\nsegment_count = {Number(segments)}\n");
        int start = 0;
        for (int i = 0; i < segments; i++)
        {
            int count = 1 + _random.Below(10);
            string type = _random.OneIn(5) ? _random.Pick(["mirror", "raid1", "thin", "snapshot", "linear", "raid0", "cache"]) : "striped";
            int stripes = _random.OneIn(20) ? _random.Pick([0, 2, 100]) : 1;
            _text.Append(CultureInfo.InvariantCulture, $"segment{i + 1} {{\nstart_extent = {Number(start)}\nextent_count = {Number(count)}\ntype = \"{type}\"\nstripe_count = {Number(stripes)}\nstripe_size = {Number(128)}\n");
            _text.Append(CultureInfo.InvariantCulture, $"mirror_count = 1\nmirrors = [\"lv{_random.Below(4)}\", 0]\nraids = [\"lv{_random.Below(4)}\", \"lv{_random.Below(4)}\"]\norigin = \"lv{_random.Below(4)}\"\nstripes = [");
            for (int stripe = 0; stripe < stripes; stripe++)
            {
                _text.Append(CultureInfo.InvariantCulture, $"{(stripe > 0 ? ", " : "")}\"{Name(_random.OneIn(12) ? $"lv{_random.Below(5)}" : "pv0")}\", {Number(start)}");
            }

            _text.Append("]\n}\n");
            start += count;
        }

        _text.Append("}\n");
    }

    /// <summary>Text that is none of a group's: deep, wide, or of one thing without end.</summary>
    private void WriteOddText()
    {
        _text.Append("contents = \"Text Format Volume Group\"\nversion = 1\n");
        string piece = _random.Pick(["a{", "a=[", "a=[[", "\"", "#\n", "a=1\n", "a=\"\\\"", "b{}", "[", "}", "a=[1,", "a=1.5e9", " ", "é", "\0"]);
        int most = _areaLength / piece.Length;
        for (int count = _random.OneIn(2) ? most : _random.Below(most); count > 0; count--)
        {
            _text.Append(piece);
        }
    }
}
