using System.Buffers.Binary;

namespace AzImageTools.Disks.Volumes.Ntfs;

/// <summary>The volume's own upper-case table ($UpCase), by which its folders are sorted. Parts are read when needed. Thread-safe.</summary>
internal sealed class UpCaseTable(Func<FileContent> open)
{
    private const int PartLength = 4096;

    private readonly Lazy<FileContent> _content = new(open);
    private readonly char[]?[] _parts = new char[]?[(char.MaxValue + 1) / PartLength];

    public char ToUpper(char character) => (_parts[character / PartLength] ?? ReadPart(character / PartLength))[character % PartLength];

    /// <summary>Compares names as folders sort them, without regard to case.</summary>
    public int Compare(ReadOnlySpan<char> left, ReadOnlySpan<char> right)
    {
        int common = Math.Min(left.Length, right.Length);
        for (int i = 0; i < common; i++)
        {
            int difference = left[i] == right[i] ? 0 : ToUpper(left[i]) - ToUpper(right[i]);
            if (difference != 0)
            {
                return difference;
            }
        }

        return left.Length - right.Length;
    }

    private char[] ReadPart(int number)
    {
        byte[] bytes = new byte[PartLength * sizeof(char)];
        _content.Value.Read((long)number * bytes.Length, bytes);
        char[] part = new char[PartLength];
        for (int i = 0; i < part.Length; i++)
        {
            part[i] = (char)BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(i * sizeof(char)));
        }

        return _parts[number] = part;
    }
}
