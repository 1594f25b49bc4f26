using System.Globalization;
using System.Text;

namespace AzImageTools.Readiness.Tests;

/// <summary>Reads the .reg texts from which the test disks' hives were made.</summary>
internal static class RegText
{
    private const string Root = @"HKEY_LOCAL_MACHINE\";

    /// <summary>The values of a text: key below HKLM (the current control set by that name), name, data as guests give it.</summary>
    public static IEnumerable<(string Key, string? Name, object? Data)> Read(string path)
    {
        string key = string.Empty;
        foreach (string line in File.ReadLines(path))
        {
            if (line.StartsWith('['))
            {
                key = line.TrimEnd()[1..^1][Root.Length..].Replace(@"SYSTEM\ControlSet003", @"SYSTEM\CurrentControlSet", StringComparison.Ordinal);
                key = key.StartsWith(@"BCD\", StringComparison.Ordinal) ? @"BCD00000000\" + key[4..] : key;
                yield return (key, null, null);
            }
            else if (line.StartsWith('"') || line.StartsWith("@=", StringComparison.Ordinal))
            {
                int equals = line.StartsWith('@') ? 1 : line.IndexOf("\"=", StringComparison.Ordinal) + 1;
                string name = line.StartsWith('@') ? string.Empty : Unescape(line[1..(equals - 1)]);
                yield return (key, name, ReadData(line[(equals + 1)..].Trim()));
            }
        }
    }

    private static object ReadData(string text)
    {
        if (text.StartsWith("dword:", StringComparison.Ordinal))
        {
            return uint.Parse(text["dword:".Length..], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        }

        if (text.StartsWith("hex(", StringComparison.Ordinal))
        {
            byte[] bytes = [.. text[(text.IndexOf(':') + 1)..].Split(',', StringSplitOptions.RemoveEmptyEntries).Select(item => Convert.ToByte(item, 16))];
            return text.StartsWith("hex(7)", StringComparison.Ordinal)
                ? Encoding.Unicode.GetString(bytes).Split('\0', StringSplitOptions.RemoveEmptyEntries)
                : bytes;
        }

        int quote = text.IndexOf('"');
        return Unescape(text[(quote + 1)..^1]);
    }

    private static string Unescape(string text) => text.Replace(@"\\", @"\", StringComparison.Ordinal).Replace("\\\"", "\"", StringComparison.Ordinal);
}
