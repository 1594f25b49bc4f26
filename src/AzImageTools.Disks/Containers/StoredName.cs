using System.Text;

namespace AzImageTools.Disks.Containers;

/// <summary>Names as image files store them: UTF-8, up to a zero byte if there is one.</summary>
internal static class StoredName
{
    /// <summary>Reads a name; characters that can't be shown become question marks.</summary>
    public static string Read(ReadOnlySpan<byte> bytes)
    {
        int length = bytes.IndexOf((byte)0);
        string text = Encoding.UTF8.GetString((length < 0 ? bytes : bytes.Slice(0, length)).ToArray());
        return new string([.. text.Select(c => char.IsControl(c) ? '?' : c)]);
    }
}
