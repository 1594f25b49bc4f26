using System.Globalization;
using System.Text;

namespace AzImageTools.Disks.Volumes.Lvm;

/// <summary>
/// Parses LVM2's metadata: the language of lvm.conf(5), sections in braces, assignments of numbers, quoted texts and lists
/// of them, comments from '#' on. Bounded in depth and in number of values.
/// </summary>
internal sealed class MetadataText
{
    private const int MaximumDepth = 16;
    private const int MaximumValues = 200_000;
    private const string Punctuation = "{}[]=,\"'#";

    private readonly string _source;
    private readonly byte[] _text;
    private int _position;
    private int _count;

    private MetadataText(string source, byte[] text)
    {
        _source = source;
        _text = text;
    }

    /// <summary>Parses a text; a zero byte ends it.</summary>
    /// <param name="text">The text, in UTF-8.</param>
    /// <param name="source">What to call it in messages.</param>
    /// <exception cref="DiskFormatException">It does not follow the grammar.</exception>
    public static MetadataSection Parse(byte[] text, string source) => new MetadataText(source, text).ParseSection(string.Empty, 0);

    private MetadataSection ParseSection(string name, int depth)
    {
        MetadataSection section = new(_source, name);
        while (true)
        {
            char next = Peek();
            if (next == '\0' || next == '}')
            {
                return (next == '}') == (depth > 0) ? section : throw Damaged("Braces do not match");
            }

            string key = ReadWord();
            switch (Peek())
            {
                case '{' when depth < MaximumDepth:
                    _position++;
                    section.Add(key, ParseSection(key, depth + 1));
                    _position++;
                    break;
                case '=':
                    _position++;
                    section.Add(key, ParseValue());
                    break;
                default:
                    throw Damaged($"Neither a value nor a section follows '{key}'");
            }
        }
    }

    private object ParseValue()
    {
        if (Peek() != '[')
        {
            return ParseSingle();
        }

        List<object> list = [];
        _position++;
        while (Peek() != ']')
        {
            list.Add(ParseSingle());
            if (Peek() == ',')
            {
                _position++;
            }
            else if (Peek() != ']')
            {
                throw Damaged("A list does not end");
            }
        }

        _position++;
        return list;
    }

    private object ParseSingle()
    {
        Count();
        if (Peek() is '"' or '\'')
        {
            return ReadQuoted();
        }

        string word = ReadWord();
        return long.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) ? number : word;
    }

    /// <summary>A name or a number: all up to white space or a sign that means something.</summary>
    private string ReadWord()
    {
        Count();
        Peek();
        int start = _position;
        while (_position < _text.Length && _text[_position] > ' ' && Punctuation.IndexOf((char)_text[_position]) < 0)
        {
            _position++;
        }

        return _position > start ? Encoding.UTF8.GetString(_text, start, _position - start) : throw Damaged("A name or value is missing");
    }

    /// <summary>A text in quotes; in double ones '\' takes away the meaning of what follows.</summary>
    private string ReadQuoted()
    {
        byte quote = _text[_position++];
        List<byte> text = [];
        while (_position < _text.Length && _text[_position] != quote)
        {
            _position += _text[_position] == '\\' && quote == '"' ? 1 : 0;
            if (_position < _text.Length)
            {
                text.Add(_text[_position++]);
            }
        }

        return _position++ < _text.Length ? Encoding.UTF8.GetString([.. text]) : throw Damaged("A quoted text does not end");
    }

    /// <summary>What comes next that is neither white space nor comment; 0 at the end.</summary>
    private char Peek()
    {
        while (_position < _text.Length && _text[_position] is not 0)
        {
            if (_text[_position] == '#')
            {
                int end = Array.IndexOf(_text, (byte)'\n', _position);
                _position = end < 0 ? _text.Length : end;
            }
            else if (_text[_position] > ' ')
            {
                return (char)_text[_position];
            }
            else
            {
                _position++;
            }
        }

        return '\0';
    }

    private void Count()
    {
        if (++_count > MaximumValues)
        {
            throw Damaged($"There are more than {MaximumValues} names and values");
        }
    }

    private DiskFormatException Damaged(string problem)
        => new(_source, null, $"{problem} at byte {_position} of the LVM2 metadata.", "lvm2, libdm/libdm-config.c");
}
