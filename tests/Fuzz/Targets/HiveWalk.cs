using AzImageTools.Disks.Registry;
using AzImageTools.Fuzz.Images;

namespace AzImageTools.Fuzz.Targets;

/// <summary>What can be done with a registry hive.</summary>
internal static class HiveWalk
{
    private const int LargestKeyCount = 400;
    private const int LargestValueCount = 4000;

    public static bool Read(MutableImage image)
    {
        RegistryHive? opened = null;
        DiskWalk.Attempt(() => opened = RegistryHive.Open(new ImageStream(image), "damaged"));
        if (opened is null)
        {
            return false;
        }

        using RegistryHive hive = opened;
        _ = hive.State;
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
