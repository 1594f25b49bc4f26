using AzImageTools.Fuzz.Images;
using AzImageTools.TestKit;

namespace AzImageTools.Fuzz.Grammar;

/// <summary>Registry hives: trees of keys with values, whose cells are listed twice, shared, overlapping, in circles, or by the thousand.</summary>
internal sealed class HiveGrammar
{
    private const int MostKeys = 60;
    private const int ManyInterval = 24;
    private const int SegmentSize = 16344;
    private const uint InCell = 0x8000_0000;

    private static readonly string[] Lists = ["lf", "lh", "li"];

    private readonly HiveBuilder _builder = new();
    private readonly List<uint> _keys = [];
    private readonly List<uint> _values = [];
    private readonly List<uint> _lists = [];
    private readonly List<uint> _data = [];
    private readonly FuzzRandom _random;
    private readonly int _lieInterval;
    private int _left;

    private HiveGrammar(FuzzRandom random)
    {
        _random = random;
        _lieInterval = random.Pick([int.MaxValue, 100, 30, 8, 3]);
        _left = 1 + random.Below(MostKeys);
    }

    public static MutableImage Make(FuzzRandom random)
    {
        HiveGrammar grammar = new(random);
        uint root = random.OneIn(ManyInterval) ? grammar.AddChain() : grammar.AddKey(HiveBuilder.None, 0);
        return new MutableImage(grammar._builder.Build(grammar.Cell(root, grammar._keys), grammar.IsLie() ? random.Below(8) : 5));
    }

    private bool IsLie() => _lieInterval != int.MaxValue && _random.OneIn(_lieInterval);

    /// <summary>A cell, or another one of those that there are, of its kind or not.</summary>
    private uint Cell(uint truth, List<uint> kind)
    {
        List<uint> others = _random.OneIn(4) ? _random.Pick<List<uint>>([_keys, _values, _lists, _data]) : kind;
        return !IsLie() ? truth
            : others.Count > 0 && !_random.OneIn(4) ? _random.Pick(others)
            : _random.Pick<uint>([0, 8, 24, 32, truth + 8, truth - 8, HiveBuilder.None, 0x7FFFFFF8]);
    }

    private uint Count(int truth) => IsLie() ? _random.Pick<uint>([0, (uint)truth + 1, (uint)truth * 2, 60_000, 0x7FFFFFFF, uint.MaxValue]) : (uint)truth;

    private string Name()
        => _random.Below(12) switch
        {
            0 => new string('n', _random.Pick([0, 1, 127, 128, 129, 255, 256, 1000, 16_383, 16_384, 32_000])),
            1 => "\0\u202e\n\\",
            2 => "ControlSet001",
            3 => "Services",
            _ => "k" + _random.Below(1000),
        };

    private uint AddKey(uint parent, int depth)
    {
        _left--;
        uint key = _builder.AddKey(Name(), Cell(parent, _keys));
        _keys.Add(key);
        AddValues(key);
        int children = depth > 8 ? 0 : _random.Below(6);
        List<uint> subKeys = [];
        for (int i = 0; i < children && _left > 0; i++)
        {
            subKeys.Add(AddKey(key, depth + 1));
        }

        if (IsLie() && _keys.Count > 0)
        {
            subKeys.AddRange(Enumerable.Repeat(_random.Pick(_keys), _random.Pick([1, 2, 1000, 30_000])));
        }

        if (subKeys.Count > 0)
        {
            _builder.Patch(key, 20, Count(subKeys.Count));
            _builder.Patch(key, 28, Cell(AddSubKeys(subKeys), _lists));
        }

        return key;
    }

    /// <summary>A list of keys, or one of lists: of several, of one many times, of itself.</summary>
    private uint AddSubKeys(List<uint> subKeys)
    {
        uint list;
        if (_random.OneIn(4))
        {
            int half = subKeys.Count / 2;
            List<uint> leaves = [AddList([.. subKeys.Take(half)]), AddList([.. subKeys.Skip(half)])];
            if (IsLie())
            {
                leaves.AddRange(Enumerable.Repeat(_random.Pick(_lists), _random.Pick([1, 500, 20_000])));
            }

            list = _builder.AddList("ri", [.. leaves]);
            if (IsLie())
            {
                _builder.Patch(list, 4 + (4 * _random.Below(leaves.Count)), list);
            }
        }
        else
        {
            list = AddList([.. subKeys]);
        }

        _lists.Add(list);
        return list;
    }

    private uint AddList(uint[] cells)
    {
        uint list = _builder.AddList(_random.Pick(Lists), [.. cells.Take(ushort.MaxValue).Select(cell => Cell(cell, _keys))]);
        if (IsLie())
        {
            _builder.Patch16(list, 2, (ushort)Count(cells.Length));
        }

        _lists.Add(list);
        return list;
    }

    private void AddValues(uint key)
    {
        int count = _random.OneIn(ManyInterval) ? 500 : _random.Below(6);
        List<uint> cells = [];
        for (int i = 0; i < count; i++)
        {
            cells.Add(AddValue());
        }

        if (IsLie() && _values.Count > 0)
        {
            cells.AddRange(Enumerable.Repeat(_random.Pick(_values), _random.Pick([1, 3, 5000, 60_000])));
        }

        if (cells.Count > 0)
        {
            uint list = _builder.AddNumbers([.. cells.Select(cell => Cell(cell, _values))]);
            _builder.Patch(key, 36, Count(cells.Count));
            _builder.Patch(key, 40, Cell(list, _lists));
        }
    }

    private uint AddValue()
    {
        int length = _random.Below(8) switch
        {
            0 => 0,
            1 => SegmentSize + _random.Below(3) - 1,
            2 when _random.OneIn(8) => 40_000,
            _ => _random.Below(200),
        };
        int type = _random.Pick([0, 1, 2, 3, 4, 5, 6, 7, 11, 99, -1]);
        uint value;
        if (length <= 4)
        {
            value = _builder.AddValue(Name(), type, InCell | Count(length), (uint)_random.Next());
        }
        else if (length > SegmentSize)
        {
            value = _builder.AddValue(Name(), type, Count(length), Cell(AddBigData(length), _data));
        }
        else
        {
            uint data = IsLie() && _data.Count > 0 ? _random.Pick(_data) : _builder.Add(Data(length));
            _data.Add(data);
            value = _builder.AddValue(Name(), type, Count(length), Cell(data, _data));
        }

        _values.Add(value);
        return value;
    }

    private uint AddBigData(int length)
    {
        List<uint> segments = [];
        for (int left = length; left > 0; left -= SegmentSize)
        {
            segments.Add(IsLie() && segments.Count > 0 ? segments[0] : _builder.Add(Data(Math.Min(left, SegmentSize))));
        }

        uint list = _builder.AddNumbers([.. segments.Select(segment => Cell(segment, _data))]);
        uint head = _builder.Add([(byte)'d', (byte)'b', .. BitConverter.GetBytes((ushort)Count(segments.Count)), .. BitConverter.GetBytes(Cell(list, _lists)), 0, 0, 0, 0]);
        _data.Add(head);
        return head;
    }

    private byte[] Data(int length)
    {
        byte[] data = new byte[length];
        for (int i = 0; i < length; i += 2)
        {
            data[i] = (byte)('a' + _random.Below(26));
        }

        return data;
    }

    /// <summary>Keys one below the other, deeper than Windows makes them, or in a circle at the end.</summary>
    private uint AddChain()
    {
        uint root = _builder.AddKey("root", HiveBuilder.None);
        uint key = root;
        for (int depth = _random.Pick([5, 100, 511, 512, 600, 3000]); depth > 0; depth--)
        {
            uint child = _builder.AddKey("k", key);
            Link(key, child);
            _keys.Add(key);
            key = child;
        }

        if (_random.OneIn(2))
        {
            Link(key, _random.OneIn(2) ? root : _random.Pick(_keys));
        }

        return root;
    }

    private void Link(uint key, uint child)
    {
        _builder.Patch(key, 20, 1);
        _builder.Patch(key, 28, _builder.AddList("li", child));
    }
}
