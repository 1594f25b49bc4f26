using System.Globalization;

namespace AzImageTools.Disks;

/// <summary>Byte counts as people read them.</summary>
public static class ByteSize
{
    private static readonly string[] Units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

    /// <summary>A number of bytes in the largest binary unit that leaves at least one before the point: <c>1.5 GiB</c>, <c>61 MiB</c>.</summary>
    /// <param name="bytes">The number of bytes.</param>
    public static string Format(long bytes)
    {
        double value = bytes;
        int unit = 0;
        while (Math.Abs(value) >= 1024 && unit < Units.Length - 1)
        {
            value /= 1024;
            unit++;
        }

        return value.ToString(Math.Abs(value) < 100 && unit > 0 ? "0.#" : "0", CultureInfo.CurrentCulture) + " " + Units[unit];
    }
}
