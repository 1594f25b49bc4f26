using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace AzImageTools.Disks.Items;

/// <summary>
/// Makes a file name of this machine of what a guest calls a file. A guest's name may be anything; ours leads to a file of
/// the folder it is put in, on every system: what a system would take for something else is written as <c>%</c> and its
/// number, as in a web address (<c>%3A</c> for a colon).
/// </summary>
/// <remarks>Microsoft, "Naming Files, Paths, and Namespaces".</remarks>
internal static class DestinationName
{
    private const string Forbidden = "<>:\"/\\|?*";
    private const int MaximumLength = 255;
    private const int MaximumExtension = 16;

    // COM and LPT with a digit follow, as which Windows takes superscript ones too.
    private static readonly HashSet<string> Devices = new(StringComparer.OrdinalIgnoreCase) { "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$" };

    /// <summary>A name that is possible everywhere.</summary>
    /// <param name="name">What the guest calls it.</param>
    /// <param name="suffix">What to put before the extension, to tell it from another.</param>
    public static string Make(string name, string suffix = "")
    {
        StringBuilder text = new();
        for (int i = 0; i < name.Length; i++)
        {
            if (i + 1 < name.Length && char.IsSurrogatePair(name[i], name[i + 1]))
            {
                text.Append(name[i]).Append(name[++i]);
                continue;
            }

            bool isTrailing = i == name.Length - 1 && name[i] is '.' or ' ';
            bool isPossible = !char.IsControl(name[i]) && !char.IsSurrogate(name[i]) && Forbidden.IndexOf(name[i]) < 0 && !isTrailing;
            text.Append(isPossible ? name[i].ToString() : Escape(name[i]));
        }

        string made = text.Length == 0 ? "_" : text.ToString();
        made = IsDevice(made) ? Escape(made[0]) + made.Substring(1) : made;
        int dot = made.LastIndexOf('.');
        int extension = dot > 0 && made.Length - dot <= MaximumExtension ? dot : made.Length;
        string whole = made.Substring(0, extension) + suffix + made.Substring(extension);
        return LengthOf(whole) <= MaximumLength ? whole : Shorten(made.Substring(0, extension), Mark(name) + suffix + made.Substring(extension));
    }

    /// <summary>Cuts a name so short that it fits with what follows it.</summary>
    private static string Shorten(string start, string end)
    {
        int length = Math.Min(start.Length, MaximumLength);
        while (LengthOf(start.Substring(0, length) + end) > MaximumLength || char.IsHighSurrogate(start[length - 1]))
        {
            length--;
        }

        return start.Substring(0, length) + end;
    }

    /// <summary>Tells names apart of which only the beginnings are left.</summary>
    private static string Mark(string name)
        => "~" + ReflectedCrc32.Ieee.Compute(MemoryMarshal.AsBytes(name.AsSpan())).ToString("X8", CultureInfo.InvariantCulture);

    /// <summary>What file systems count: Linux' bytes, of which every name has at least as many as others' characters.</summary>
    private static int LengthOf(string name) => Encoding.UTF8.GetByteCount(name);

    private static bool IsDevice(string name)
    {
        int dot = name.IndexOf('.');
        string stem = (dot < 0 ? name : name.Substring(0, dot)).TrimEnd(' ');
        bool isPort = stem.Length == 4
            && (stem.StartsWith("COM", StringComparison.OrdinalIgnoreCase) || stem.StartsWith("LPT", StringComparison.OrdinalIgnoreCase))
            && stem[3] is (>= '0' and <= '9') or '\u00B9' or '\u00B2' or '\u00B3';
        return isPort || Devices.Contains(stem);
    }

    private static string Escape(char character)
        => string.Format(CultureInfo.InvariantCulture, character < 0x100 ? "%{0:X2}" : "%u{0:X4}", (int)character);
}
