using System.IO.Compression;
using Xunit;

namespace AzImageTools.TestKit;

/// <summary>Files of tests/data, unpacked where they are gzipped. Holes stay holes.</summary>
public static class TestFile
{
    private const int BlockSize = 64 * 1024;

    /// <summary>Unpacks <c>tests/data/{relativePath}.gz</c> into a folder, under its own name.</summary>
    public static string Unpack(string relativePath, TempFolder folder)
    {
        string source = Path.Combine(RepositoryPaths.TestData, relativePath + ".gz");
        string target = folder.File(Path.GetFileName(relativePath));
        UnpackGzip(source, target);
        return target;
    }

    /// <summary>Unpacks a gzipped file of the samples beside the checkout; skips the test where they are not.</summary>
    public static string UnpackSample(string relativePath, TempFolder folder)
    {
        string source = FindSample(relativePath + ".gz");
        string target = folder.File(Path.GetFileName(relativePath));
        UnpackGzip(source, target);
        return target;
    }

    /// <summary>The same for one that bzip2 packed.</summary>
    public static async Task<string> UnpackBzip2SampleAsync(string relativePath, TempFolder folder)
    {
        string source = FindSample(relativePath + ".bz2");
        ExternalTool.SkipUnlessInstalled("bzip2");
        string target = folder.File(Path.GetFileName(relativePath));
        await File.WriteAllBytesAsync(target + ".bz2", await File.ReadAllBytesAsync(source));
        await ExternalTool.RunAsync("bzip2", "-d", target + ".bz2");
        return target;
    }

    private static string FindSample(string relativePath)
    {
        string path = Path.Combine(RepositoryPaths.Samples, relativePath);
        Assert.SkipUnless(File.Exists(path), $"the sample {relativePath} is not beside this checkout");
        return path;
    }

    private static void UnpackGzip(string source, string target)
    {
        using GZipStream packed = new(File.OpenRead(source), CompressionMode.Decompress);
        using FileStream output = File.Create(target);
        byte[] block = new byte[BlockSize];
        int count;
        while ((count = packed.ReadAtLeast(block, block.Length, throwOnEndOfStream: false)) > 0)
        {
            ReadOnlySpan<byte> data = block.AsSpan(0, count);
            if (data.ContainsAnyExcept((byte)0))
            {
                output.Write(data);
            }
            else
            {
                output.SetLength(output.Position + count);
                output.Seek(count, SeekOrigin.Current);
            }
        }
    }
}
