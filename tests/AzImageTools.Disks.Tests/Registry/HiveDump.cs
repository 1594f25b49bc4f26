using System.Globalization;
using AzImageTools.Disks.Registry;

namespace AzImageTools.Disks.Tests.Registry;

/// <summary>All that a hive holds, as the lines that tests/data/hive.pl prints: key, value name, type, data.</summary>
internal static class HiveDump
{
    public static IEnumerable<string> Lines(RegistryHive hive) => Lines(hive.Root, string.Empty);

    private static IEnumerable<string> Lines(RegistryKey key, string path)
    {
        yield return path + "\t\t\t";
        foreach (RegistryValue value in key.GetValues())
        {
            string data = Convert.ToHexStringLower(value.Data.Span);
            yield return string.Create(CultureInfo.InvariantCulture, $"{path}\t{Escape(value.Name)}\t{(uint)value.Type}\t{data}");
        }

        foreach (RegistryKey child in key.GetSubKeys())
        {
            string childPath = path.Length == 0 ? Escape(child.Name) : path + "\\" + Escape(child.Name);
            foreach (string line in Lines(child, childPath))
            {
                yield return line;
            }
        }
    }

    private static string Escape(string name) => name
        .Replace("\\", "\\\\", StringComparison.Ordinal)
        .Replace("\t", "\\t", StringComparison.Ordinal)
        .Replace("\r", "\\r", StringComparison.Ordinal)
        .Replace("\n", "\\n", StringComparison.Ordinal);
}
