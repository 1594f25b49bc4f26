using AzImageTools.Disks.Registry;
using AzImageTools.TestKit;
using CsCheck;

namespace AzImageTools.Disks.Tests.Registry;

public class HiveLogMutationTests
{
    private const int MaximumLines = 5_000;

    private static readonly Gen<(int Offset, byte Value)[]> Changes = Gen.Select(
        Gen.Frequency((3, Gen.Int[0, 600]), (1, Gen.Int[0, 100_000])),
        Gen.OneOf(Gen.Byte, Gen.Const((byte)0), Gen.Const((byte)0xFF))).Array[0, 6];

    [Theory]
    [InlineData("0000dvMmt0p2", false)]
    [InlineData("0000dvMmt0p3", true)]
    public void Damaged_hives_with_damaged_logs_give_only_DiskFormatExceptions(string seed, bool isOldFormat)
    {
        using TempFolder folder = new();
        byte[] original = HiveLogs.WithBase(File.ReadAllBytes(TestFile.Unpack("hives/BCD", folder)), 3, 2);
        Gen.Select(Changes, Changes, Changes, Gen.Int[0, 3], Gen.Bool).Sample(
            (first, second, third, cut, rightHashes) =>
            {
                byte[] hive = Mutate(original, first);
                byte[] log = isOldFormat
                    ? Mutate(HiveLogs.OldLog(rightHashes ? hive : original, 3, BitConverter.ToInt64(hive, 12), [.. Enumerable.Range(0, 24)]), second)
                    : HiveLogs.NewLog(rightHashes ? hive : original, 2, Entry(2, original, second, rightHashes), Entry(3, original, third, rightHashes));
                Walk(hive, log.AsSpan(0, log.Length - (cut * 500)).ToArray(), Mutate(log, third));
            },
            seed: seed,
            iter: 1500,
            threads: 1);
    }

    private static byte[] Entry(uint sequence, byte[] hive, (int Offset, byte Value)[] changes, bool rightHashes)
    {
        byte[] entry = Mutate(HiveLogs.Entry(sequence, hive), changes);
        if (rightHashes)
        {
            HiveLogs.Sign(entry);
        }

        return entry;
    }

    private static byte[] Mutate(byte[] bytes, (int Offset, byte Value)[] changes)
    {
        byte[] changed = [.. bytes];
        foreach ((int offset, byte value) in changes)
        {
            changed[offset % changed.Length] = value;
        }

        return changed;
    }

    private static void Walk(byte[] bytes, params byte[][] logs)
    {
        try
        {
            using RegistryHive hive = RegistryHive.Open(new MemoryStream(bytes), "mutated", [.. logs.Select(static log => new RegistryHiveLog("log", () => new MemoryStream(log)))]);
            _ = HiveDump.Lines(hive).Take(MaximumLines).Count();
        }
        catch (DiskFormatException)
        {
            // The one exception that damage may cause.
        }
    }
}
