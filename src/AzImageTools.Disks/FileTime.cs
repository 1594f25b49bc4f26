namespace AzImageTools.Disks;

/// <summary>Windows' FILETIME: 100-nanosecond intervals since 1601-01-01 UTC ([MS-DTYP] 2.3.3).</summary>
internal static class FileTime
{
    // The last FILETIME that a DateTimeOffset can hold: the end of the year 9999.
    private const long Last = 2_650_467_743_999_999_999;

    /// <summary>The time; null for 0 and for what no calendar holds.</summary>
    public static DateTimeOffset? ToDateTime(long fileTime)
        => fileTime is > 0 and <= Last ? new DateTimeOffset(DateTime.FromFileTimeUtc(fileTime)) : null;
}
