using System.Globalization;
using System.Text;
using System.Xml.Linq;
using AzImageTools.Disks.Registry;

namespace AzImageTools.Disks.Tests.Registry;

/// <summary>
/// All that a hive holds, in lines that hivexml's output can be turned into too: path, name, type, data as it is shown. hivexml
/// cuts names at a NUL, and shows a list's end as one more string.
/// </summary>
internal static class HiveXml
{
    public static IEnumerable<string> Lines(XElement node, string path)
    {
        yield return path;
        foreach (XElement value in node.Elements("value"))
        {
            string text = string.Join('\n', value.Attribute("value") is { } single ? [single.Value] : value.Elements("string").Select(static item => item.Value)).TrimEnd('\n');
            bool isBinary = value.Attribute("encoding") is not null;
            yield return Line(path, value.Attribute("key")?.Value ?? string.Empty, value.Attribute("type")!.Value, isBinary ? Convert.ToHexString(Convert.FromBase64String(text)) : text);
        }

        foreach (XElement child in node.Elements("node"))
        {
            foreach (string line in Lines(child, path + "/" + child.Attribute("name")!.Value))
            {
                yield return line;
            }
        }
    }

    public static IEnumerable<string> Lines(RegistryKey key, string path)
    {
        yield return path;
        foreach (RegistryValue value in key.GetValues())
        {
            (string type, string text) = Show(value);
            yield return Line(path, Cut(value.Name), type, text);
        }

        foreach (RegistryKey child in key.GetSubKeys())
        {
            foreach (string line in Lines(child, path + "/" + Cut(child.Name)))
            {
                yield return line;
            }
        }
    }

    private static string Cut(string name) => name.Split('\0')[0];

    private static string Line(string path, string name, string type, string text) => $"{path}|{name}|{type}|{text}";

    private static (string Type, string Text) Show(RegistryValue value)
    {
        string text = Encoding.Unicode.GetString(value.Data.Span).TrimEnd('\0');
        return value.Type switch
        {
            RegistryValueType.String => ("string", text),
            RegistryValueType.ExpandString => ("expand", text),
            RegistryValueType.MultiString => ("string-list", text.Replace('\0', '\n')),
            RegistryValueType.DWord => ("int32", BitConverter.ToInt32(value.Data.Span).ToString(CultureInfo.InvariantCulture)),
            RegistryValueType.QWord => ("int64", BitConverter.ToInt64(value.Data.Span).ToString(CultureInfo.InvariantCulture)),
            RegistryValueType.None => ("none", Convert.ToHexString(value.Data.Span)),
            _ => ("binary", Convert.ToHexString(value.Data.Span)),
        };
    }
}
