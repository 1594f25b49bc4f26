using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Images;
using AzImageTools.TestKit;
using CsCheck;

namespace AzImageTools.Disks.Tests.Containers;

/// <summary>Chains and logs with bits flipped where their structures are: read, or refused as a disk is refused, within bounds.</summary>
public sealed class DamagedChainTests : IDisposable
{
    private const string Seed = "0000KNZ7Bqf5";
    private const int Iterations = 200;
    private const int BlockSize = 1 << 20;
    private const long Capacity = 5L * BlockSize;
    private const int LargestAllocation = 64 << 20;

    private static readonly Guid BaseId = new("3A1F9B52-0C51-4C7B-8E0A-5F6E1B7F2C01");
    private static readonly Guid ChildId = new("3A1F9B52-0C51-4C7B-8E0A-5F6E1B7F2C02");

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Flipped_bits_in_a_differencing_VHD_are_survived()
    {
        new VhdBuilder(Capacity) { UniqueId = BaseId }.Block(0, Bytes(1)).Block(2, Bytes(2)).Save(_folder.File("base.vhd"));
        VhdBuilder builder = new(Capacity) { UniqueId = ChildId, ParentId = BaseId, ParentName = "base.vhd" };
        builder.Locators["W2ru"] = @".\base.vhd";
        string child = builder.Block(1, Bytes(3), sector => sector % 7 == 0).Block(2, Bytes(4), sector => sector > 9).Save(_folder.File("child.avhd"));

        Flip(child, Gen.OneOf(Gen.Int[0, 2047], Gen.Int[2048, 3583], Gen.Const((int)new FileInfo(child).Length - 512).SelectMany(footer => Gen.Int[footer, footer + 511])), DiskStructure.Vhd);
    }

    [Fact]
    public void Flipped_bits_in_a_differencing_VHDX_are_survived()
    {
        new VhdxBuilder(Capacity) { Identifier = BaseId }.Block(0, Bytes(1)).Block(2, Bytes(2)).Save(_folder.File("base.vhdx"));
        VhdxBuilder builder = new(Capacity) { Identifier = ChildId, Locator = VhdxBuilder.LocatorOf(@".\base.vhdx", BaseId) };
        string child = builder.PartialBlock(1, Bytes(3), sector => sector % 7 == 0).PartialBlock(2, Bytes(4), sector => sector > 9).Save(_folder.File("child.avhdx"));

        int items = VhdxBuilder.MetadataOffset + (64 * 1024);
        Flip(child, Gen.OneOf(Gen.Int[VhdxBuilder.TableOffset, VhdxBuilder.TableOffset + 47], Gen.Int[items, items + 400], Gen.Int[VhdxBuilder.MetadataOffset, VhdxBuilder.MetadataOffset + 255], Gen.Int[64 * 1024, (64 * 1024) + 90], Gen.Int[192 * 1024, (192 * 1024) + 90]), DiskStructure.Vhdx);
    }

    [Fact]
    public void Flipped_bits_in_a_log_are_survived_also_where_its_checksums_are_made_right_again()
    {
        byte[] table = new byte[4096];
        BitConverter.TryWriteBytes(table, 6UL | (4 << 20));
        long length = VhdxBuilder.FirstBlockOffset + BlockSize;
        VhdxLogBuilder log = new VhdxLogBuilder()
            .Entry(1, 0, length, (VhdxBuilder.TableOffset, table, 0), (VhdxBuilder.FirstBlockOffset, null, 8192))
            .Entry(2, 0, length, (VhdxBuilder.FirstBlockOffset + 4096, table, 0));
        string path = new VhdxBuilder(Capacity) { Log = (VhdxLogBuilder.Id, log.Content) }.Block(4, Bytes(1)).Save(_folder.File("disk.vhdx"));

        const int Second = VhdxBuilder.LogOffset + 8192;
        Flip(path, Gen.OneOf(Gen.Int[VhdxBuilder.LogOffset, VhdxBuilder.LogOffset + 127], Gen.Int[Second, Second + 95], Gen.Int[VhdxBuilder.LogOffset + 4096, VhdxBuilder.LogOffset + 4104], Gen.Int[64 * 1024, (64 * 1024) + 90]), DiskStructure.Vhdx);
    }

    private static byte[] Bytes(int seed)
    {
        byte[] bytes = new byte[BlockSize];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    /// <summary>Flips bits, makes the checksums right again in half of all cases, and reads the disk.</summary>
    private static void Flip(string path, Gen<int> places, DiskStructure structure)
    {
        byte[] original = File.ReadAllBytes(path);
        int refused = 0;
        int read = 0;
        Gen.Select(Gen.Select(places, Gen.Int[0, 7]).Array[1, 3], Gen.Bool).Sample(
            (flips, isRepaired) =>
            {
                byte[] changed = (byte[])original.Clone();
                foreach ((int offset, int bit) in flips)
                {
                    changed[offset] ^= (byte)(1 << bit);
                }

                if (isRepaired)
                {
                    structure.Repair(changed);
                }

                File.WriteAllBytes(path, changed);
                _ = Survives(path) ? read++ : refused++;
            },
            seed: Seed,
            iter: Iterations,
            threads: 1);
        Assert.True(read > 0 && refused > 0, $"{read} were read and {refused} refused: the flips do not reach what they should");
    }

    private static bool Survives(string path)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            using VirtualDisk disk = DiskOpener.Open(path);
            long length = Math.Min(disk.Capacity, 16 << 20);
            byte[] buffer = new byte[10_007];
            foreach (DiskExtent extent in disk.GetExtents(0, disk.Capacity).Take(10_000))
            {
                disk.Read(extent.Offset, buffer.AsSpan(0, (int)Math.Min(buffer.Length, extent.Length)));
            }

            for (long offset = 0; offset < length; offset += BlockSize / 3)
            {
                disk.Read(offset, buffer.AsSpan(0, (int)Math.Min(buffer.Length, length - offset)));
            }

            return true;
        }
        catch (DiskFormatException)
        {
            return false;
        }
        finally
        {
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, LargestAllocation);
        }
    }
}
