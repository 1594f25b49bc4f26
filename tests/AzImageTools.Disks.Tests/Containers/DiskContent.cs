using System.Security.Cryptography;

namespace AzImageTools.Disks.Tests.Containers;

/// <summary>What tests ask of a disk's bytes.</summary>
internal static class DiskContent
{
    /// <summary>The SHA-256 of all bytes, in lower-case hexadecimal, read in pieces that cross block and sector borders.</summary>
    public static string Sha256(IByteSource source)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[3_000_017];
        for (long offset = 0; offset < source.Length;)
        {
            int count = (int)Math.Min(buffer.Length, source.Length - offset);
            source.Read(offset, buffer.AsSpan(0, count));
            hash.AppendData(buffer, 0, count);
            offset += count;
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    public static byte[] Read(IByteSource source, long offset, int count)
    {
        byte[] bytes = new byte[count];
        source.Read(offset, bytes);
        return bytes;
    }

    /// <summary>Fails unless the extents of a range are in order, apart from one another, within it, and all outside them is zero.</summary>
    public static void AssertExtentsHoldAllData(IByteSource source, long offset, long length)
    {
        long position = offset;
        foreach (DiskExtent extent in source.GetExtents(offset, length))
        {
            Assert.True(extent.Length > 0, "an extent is empty");
            Assert.True(extent.Offset == offset || extent.Offset > position || position == offset, "extents are not in order or not merged");
            AssertZero(source, position, extent.Offset);
            position = extent.End;
        }

        Assert.True(position <= offset + length, "an extent reaches beyond the range");
        AssertZero(source, position, offset + length);
    }

    /// <summary>The source's bytes in a file of their own.</summary>
    public static string Save(IByteSource source, string path)
    {
        using FileStream file = File.Create(path);
        file.SetLength(source.Length);
        byte[] buffer = new byte[1 << 20];
        foreach (DiskExtent extent in source.GetExtents(0, source.Length))
        {
            for (long offset = extent.Offset; offset < extent.End; offset += buffer.Length)
            {
                Span<byte> part = buffer.AsSpan(0, (int)Math.Min(buffer.Length, extent.End - offset));
                source.Read(offset, part);
                RandomAccess.Write(file.SafeFileHandle, part, offset);
            }
        }

        return path;
    }

    private static void AssertZero(IByteSource source, long start, long end)
    {
        byte[] buffer = new byte[1 << 20];
        for (long offset = start; offset < end; offset += buffer.Length)
        {
            Span<byte> part = buffer.AsSpan(0, (int)Math.Min(buffer.Length, end - offset));
            source.Read(offset, part);
            Assert.False(part.ContainsAnyExcept((byte)0), $"data at {offset} lies outside the extents");
        }
    }
}
