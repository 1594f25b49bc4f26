using System.Globalization;
using System.IO.Compression;
using System.Text;
using AzImageTools.TestKit;

namespace AzImageTools.Benchmarks;

/// <summary>Makes a SYSTEM hive with as many keys as a large server's, by hivexregedit on one of the tests' data.</summary>
internal static class GuestHive
{
    private const string Prefix = @"HKEY_LOCAL_MACHINE\SYSTEM";
    private const int KeysInGroup = 99;

    /// <summary>How many keys each group adds, its own among them.</summary>
    public const int KeysOfGroup = KeysInGroup + 1;

    /// <summary>Unpacks a hive of the tests' data.</summary>
    public static void Unpack(string name, string path)
    {
        using GZipStream packed = new(File.OpenRead(Path.Combine(RepositoryPaths.TestData, "hives", name + ".gz")), CompressionMode.Decompress);
        using FileStream file = File.Create(path);
        packed.CopyTo(file);
    }

    /// <summary>Makes it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="groups">How many groups of <see cref="KeysOfGroup"/> keys there are beside those of the tests' data.</param>
    public static void CreateLarge(string path, int groups = 430)
    {
        Unpack("SYSTEM", path);
        StringBuilder text = new("Windows Registry Editor Version 5.00\n\n[" + Prefix + "\\Benchmark]\n\n");
        for (int group = 0; group < groups; group++)
        {
            text.Append(CultureInfo.InvariantCulture, $"[{Prefix}\\Benchmark\\Group {group}]\n\n");
            for (int key = 0; key < KeysInGroup; key++)
            {
                text.Append(CultureInfo.InvariantCulture, $"[{Prefix}\\Benchmark\\Group {group}\\Service {key:00}]\n\"Start\"=dword:0000000{key % 5}\n\"Group\"=\"Base\"\n\n");
            }
        }

        File.WriteAllText(path + ".reg", text.ToString());
        Measurement.Take("hivexregedit", "--merge", "--prefix", Prefix, path, path + ".reg");
        File.Delete(path + ".reg");
    }
}
