using System.Globalization;
using System.Text;

namespace AzImageTools.Readiness.Tests.Guests;

/// <summary>Makes cpio archives of the form that the kernel unpacks, holding empty files.</summary>
internal static class Initramfs
{
    public static byte[] Of(params string[] names)
    {
        MemoryStream archive = new();
        foreach (string name in names.Append("TRAILER!!!"))
        {
            int[] fields = [1, 0x81A4, 0, 0, 1, 0, 0, 0, 0, 0, 0, name.Length + 1, 0];
            archive.Write(Encoding.ASCII.GetBytes("070701" + string.Concat(fields.Select(static field => field.ToString("X8", CultureInfo.InvariantCulture))) + name + "\0"));
            archive.SetLength((archive.Length + 3) & ~3L);
            archive.Position = archive.Length;
        }

        return archive.ToArray();
    }
}
