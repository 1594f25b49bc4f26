using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using AzImageTools.Disks.Registry;

namespace AzImageTools.Disks.Tests.Registry;

/// <summary>All that a hive holds, in the rows that reglookup prints: path, type, data; what is no plain ASCII as %XX.</summary>
internal static class HiveRows
{
    /// <summary>reglookup's rows with their escapes resolved, without the heading and the times.</summary>
    public static IEnumerable<string> Parse(string output) => output
        .Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Skip(1)
        .Select(static row => row.Split(','))
        .Select(static fields => string.Join(',', fields.Take(3).Select(static field => Regex.Replace(field, "%([0-9A-F]{2})", static escape => ((char)byte.Parse(escape.Groups[1].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture)).ToString()))));

    public static IEnumerable<string> Lines(RegistryKey key, string path)
    {
        yield return (path.Length == 0 ? "/" : path) + ",KEY,";
        foreach (RegistryValue value in key.GetValues())
        {
            yield return $"{path}/{value.Name},{Show(value)}";
        }

        foreach (RegistryKey child in key.GetSubKeys())
        {
            foreach (string line in Lines(child, path + "/" + child.Name))
            {
                yield return line;
            }
        }
    }

    private static string Show(RegistryValue value)
    {
        string text = Encoding.Unicode.GetString(value.Data.Span).TrimEnd('\0');
        return value.Type switch
        {
            RegistryValueType.String => "SZ," + text,
            RegistryValueType.ExpandString => "EXPAND_SZ," + text,
            RegistryValueType.MultiString => "MULTI_SZ," + text.Replace('\0', '|'),
            RegistryValueType.DWord => string.Create(CultureInfo.InvariantCulture, $"DWORD,0x{BitConverter.ToUInt32(value.Data.Span):X8}"),
            RegistryValueType.None => "NONE," + (value.Data.IsEmpty ? "(null)" : Encoding.Latin1.GetString(value.Data.Span)),
            RegistryValueType.Binary => "BINARY," + Encoding.Latin1.GetString(value.Data.Span),
            _ => throw new InvalidOperationException($"reglookup's form of {value.Type} is not known here."),
        };
    }
}
