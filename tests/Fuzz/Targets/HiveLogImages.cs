using System.Buffers.Binary;
using AzImageTools.Disks;
using AzImageTools.Fuzz.Images;
using AzImageTools.Fuzz.Layouts;
using AzImageTools.TestKit;

namespace AzImageTools.Fuzz.Targets;

/// <summary>Hives as a crash leaves them, with the logs that complete them.</summary>
internal static class HiveLogImages
{
    private const uint Primary = 6;
    private const uint Secondary = 2;
    private const int BaseBlockSize = 4096;

    /// <summary>A dirty hive with two logs of the new format, one that takes up where the other ends.</summary>
    public static FuzzSubject MakeNew(string name)
    {
        byte[] hive = Load(name);
        int bins = hive.Length - BaseBlockSize;
        byte[] page = hive.AsSpan(BaseBlockSize, 4096).ToArray();
        byte[] first = HiveLogs.NewLog(hive, Secondary, HiveLogs.Entry(Secondary, hive), HiveLogs.Entry(Secondary + 1, bins, (0, page)));
        byte[] second = HiveLogs.NewLog(hive, Secondary + 2, HiveLogs.Entry(Secondary + 2, bins, (0, page), (4096, page)), HiveLogs.Entry(Secondary + 3, hive));
        return Create($"{name}-new-logs", HiveLogs.WithBase(hive, Primary, Secondary), first, second);
    }

    /// <summary>A dirty hive with a log of the old format.</summary>
    public static FuzzSubject MakeOld(string name)
    {
        byte[] hive = Load(name);
        long written = BinaryPrimitives.ReadInt64LittleEndian(hive.AsSpan(12));
        byte[] log = HiveLogs.OldLog(hive, Primary, written, [.. Enumerable.Range(0, (hive.Length - BaseBlockSize) / 512)]);
        return Create($"{name}-old-log", HiveLogs.WithBase(hive, Primary, Secondary, written), log);
    }

    private static FuzzSubject Create(string name, params byte[][] files)
    {
        List<DiskExtent> parts = [];
        using MemoryStream content = new();
        foreach (byte[] file in files)
        {
            parts.Add(new DiskExtent(content.Length, file.Length));
            content.Write(file);
        }

        MutableImage image = new(content.ToArray());
        Layout layout = new(image, blindWeight: 5);
        layout.Add("base block", 0, 512, 20);
        layout.AddChecksum(static damaged => Checksum.UpdateHive(damaged, 0));
        foreach (DiskExtent log in parts.Skip(1))
        {
            HiveLogLayout.Describe(image, log.Offset, log.Length, layout);
        }

        return new FuzzSubject(name, image, layout, _ => HiveWalk.ReadWithLogs(image, parts));
    }

    private static byte[] Load(string name)
    {
        MutableImage image = TestImages.Load("hives", name);
        return image.Read(0, (int)image.Length);
    }
}
