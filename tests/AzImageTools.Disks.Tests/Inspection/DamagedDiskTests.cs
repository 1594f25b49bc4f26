using AzImageTools.Disks.Tests.Containers;
using AzImageTools.TestKit;
using CsCheck;

namespace AzImageTools.Disks.Tests.Inspection;

public sealed class DamagedDiskTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("ready.raw", 36 << 20)]
    [InlineData("mbr-dynamic.vhdx", 4 << 20)]
    [InlineData("mbr-fixed.vhd", 1 << 20)]
    public void Changed_bytes_anywhere_are_survived_by_an_inspection(string name, int windowsVolume)
    {
        string path = TestDisks.Unpack(name, _folder);
        byte[] original = File.ReadAllBytes(path);
        Gen<int> place = Gen.OneOf(
            Gen.Int[0, (34 * 512) - 1],
            Gen.Int[1 << 20, (1 << 20) + 8192],
            Gen.Int[1 << 20, 3 << 20],
            Gen.Int[windowsVolume, windowsVolume + 8192],
            Gen.Int[windowsVolume, original.Length - 1]);
        Gen.Select(place, Gen.Byte).Array[1, 8].Sample(
            changes =>
            {
                Write(path, changes);
                try
                {
                    TestDisks.Inspect(path);
                }
                catch (DiskFormatException)
                {
                    // The one exception that content may cause.
                }

                Write(path, [.. changes.Select(change => (change.Item1, original[change.Item1]))]);
            },
            seed: "0000KNZ7Bqf5",
            iter: 200,
            threads: 1);
    }

    private static void Write(string path, (int Place, byte Value)[] changes)
    {
        using FileStream file = File.OpenWrite(path);
        foreach ((int place, byte value) in changes)
        {
            RandomAccess.Write(file.SafeFileHandle, [value], place);
        }
    }
}
