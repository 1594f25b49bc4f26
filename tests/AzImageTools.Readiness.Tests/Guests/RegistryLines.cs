using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using AzImageTools.Readiness.Guests;

namespace AzImageTools.Readiness.Tests.Guests;

/// <summary>All that lies below a registry key, in lines of key, value's name, type and data: as a guest tells it to rules, and as hivex reads it.</summary>
internal static class RegistryLines
{
    private const string KeyAlone = "";

    /// <summary>What a guest tells. hivex ends names at a zero character, and names the default value "".</summary>
    public static IEnumerable<string> Of(Guest guest, string key, string shown = "")
    {
        yield return Line(shown, KeyAlone, KeyAlone);
        foreach (string name in guest.GetValueNames(key))
        {
            yield return Line(shown, Cut(name), Show(guest.GetValue(key, name)));
        }

        foreach (string name in guest.GetSubkeyNames(key))
        {
            foreach (string line in Of(guest, $@"{key}\{name}", shown.Length == 0 ? Cut(name) : $@"{shown}\{Cut(name)}"))
            {
                yield return line;
            }
        }
    }

    /// <summary>The lines of "hive.pl dump", of a key and what is below it.</summary>
    public static IEnumerable<string> Parse(string dump, string key = "")
        => dump.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(static line => line.Split('\t'))
            .Where(fields => key.Length == 0 || fields[0] == key || fields[0].StartsWith(key + @"\", StringComparison.Ordinal))
            .Select(fields => Line(
                string.Join('\\', (key.Length == 0 ? fields[0] : fields[0][key.Length..].TrimStart('\\')).Split('\\').Select(Cut)),
                Cut(fields[1].Replace(@"\\", @"\", StringComparison.Ordinal)),
                fields[2].Length == 0 ? KeyAlone : Show(fields[2], Convert.FromHexString(fields[3]))));

    private static string Line(string key, string name, string data) => $"{key}|{name}|{data}";

    private static string Cut(string name) => name.Split('\0')[0];

    private static string Show(object? data) => data switch
    {
        uint number => string.Create(CultureInfo.InvariantCulture, $"32 bits: {number}"),
        ulong number => string.Create(CultureInfo.InvariantCulture, $"64 bits: {number}"),
        string text => $"text: {text}",
        string[] texts => $"texts: {string.Join('|', texts)}",
        byte[] bytes => $"bytes: {Convert.ToHexString(bytes)}",
        _ => "nothing",
    };

    /// <summary>Winnt.h's REG_ types.</summary>
    private static string Show(string type, byte[] data) => (type, data.Length) switch
    {
        ("1" or "2" or "6", _) => Show(Encoding.Unicode.GetString(data).Split('\0')[0]),
        ("7", _) => Show((object)Encoding.Unicode.GetString(data).TrimEnd('\0').Split('\0')),
        ("4", 4) => Show(BinaryPrimitives.ReadUInt32LittleEndian(data)),
        ("5", 4) => Show(BinaryPrimitives.ReadUInt32BigEndian(data)),
        ("11", 8) => Show(BinaryPrimitives.ReadUInt64LittleEndian(data)),
        _ => Show(data),
    };
}
