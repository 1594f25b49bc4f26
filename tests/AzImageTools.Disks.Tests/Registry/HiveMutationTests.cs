using AzImageTools.Disks.Registry;
using AzImageTools.TestKit;
using CsCheck;

namespace AzImageTools.Disks.Tests.Registry;

public class HiveMutationTests
{
    private const int MaximumLines = 20_000;

    [Theory]
    [InlineData("SYSTEM")]
    [InlineData("BCD")]
    public void A_damaged_hive_gives_only_DiskFormatExceptions(string name)
    {
        using TempFolder folder = new();
        byte[] original = File.ReadAllBytes(TestFile.Unpack($"hives/{name}", folder));
        Gen.Select(Gen.Int[0, original.Length - 1], Gen.Byte)
            .Array[1, 12]
            .Select(Gen.Frequency((4, Gen.Const(original.Length)), (1, Gen.Int[0, original.Length])))
            .Sample(
                mutation =>
                {
                    byte[] bytes = [.. original];
                    foreach ((int offset, byte value) in mutation.Item1)
                    {
                        bytes[offset] = value;
                    }

                    Walk(bytes.AsSpan(0, mutation.Item2).ToArray());
                },
                seed: "0000dvMmt0p2",
                iter: 2000,
                threads: 1);
    }

    private static void Walk(byte[] bytes)
    {
        try
        {
            using RegistryHive hive = RegistryHive.Open(new MemoryStream(bytes), "mutated");
            _ = HiveDump.Lines(hive).Take(MaximumLines).Count();
        }
        catch (DiskFormatException)
        {
            // The one exception that damage may cause.
        }
    }
}
