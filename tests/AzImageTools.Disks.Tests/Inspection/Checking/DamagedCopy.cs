namespace AzImageTools.Disks.Tests.Inspection.Checking;

/// <summary>A disk of tests/data that is damaged in one way and then checked.</summary>
internal static class DamagedCopy
{
    public static byte[] Read(string path, long offset, int count)
    {
        byte[] bytes = new byte[count];
        using FileStream file = File.OpenRead(path);
        RandomAccess.Read(file.SafeFileHandle, bytes, offset);
        return bytes;
    }

    public static void Write(string path, long offset, params ReadOnlySpan<byte> bytes)
    {
        using FileStream file = File.OpenWrite(path);
        RandomAccess.Write(file.SafeFileHandle, bytes, offset);
    }

    /// <summary>Changes a structure and makes its checksum right again.</summary>
    public static void Change(string path, long offset, int length, Action<byte[]> change)
    {
        byte[] bytes = Read(path, offset, length);
        change(bytes);
        Write(path, offset, bytes);
    }

    public static long LengthOf(string path) => new FileInfo(path).Length;
}
