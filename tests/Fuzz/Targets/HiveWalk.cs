using AzImageTools.Disks;
using AzImageTools.Disks.Registry;
using AzImageTools.Fuzz.Images;

namespace AzImageTools.Fuzz.Targets;

/// <summary>What can be done with a registry hive.</summary>
internal static class HiveWalk
{
    private const int LargestKeyCount = 400;
    private const int LargestValueCount = 4000;

    public static bool Read(MutableImage image) => Read(() => RegistryHive.Open(new ImageStream(image), "damaged"));

    /// <summary>Reads a hive that lies on a disk.</summary>
    public static bool Read(Stream content) => Read(() => RegistryHive.Open(content, "made"));

    /// <summary>Reads a hive with its logs.</summary>
    /// <param name="image">The hive and the logs, one behind the other.</param>
    /// <param name="parts">Where each of them is; the hive is the first.</param>
    public static bool ReadWithLogs(MutableImage image, IReadOnlyList<DiskExtent> parts) => Read(() => RegistryHive.Open(
        new ImageStream(image, parts[0].Offset, parts[0].Length),
        "damaged",
        [.. parts.Skip(1).Select((part, number) => new RegistryHiveLog($"log {number}", () => new ImageStream(image, part.Offset, part.Length)))]));

    private static bool Read(Func<RegistryHive> open)
    {
        RegistryHive? opened = null;
        DiskWalk.Attempt(() => opened = open());
        if (opened is null)
        {
            return false;
        }

        using RegistryHive hive = opened;
        _ = hive.State;
        _ = string.Concat(hive.LogProblems);
        DiskWalk.Attempt(() => _ = hive.OpenKey(@"ControlSet001\Services\Tcpip\Parameters")?.GetValue("Hostname")?.Value);
        Stack<RegistryKey> keys = new([hive.Root]);
        int budget = LargestKeyCount;
        int values = LargestValueCount;
        while (budget-- > 0 && keys.TryPop(out RegistryKey? key))
        {
            DiskWalk.Attempt(() =>
            {
                foreach (RegistryValue value in key.GetValues().Take(Math.Max(0, values)))
                {
                    _ = value.Value;
                    values--;
                }
            });
            DiskWalk.Attempt(() =>
            {
                foreach (RegistryKey child in key.GetSubKeys().Take(LargestKeyCount))
                {
                    keys.Push(child);
                }
            });
        }

        return true;
    }
}
