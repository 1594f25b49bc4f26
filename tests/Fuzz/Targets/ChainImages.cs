using System.Buffers.Binary;
using System.Text;
using AzImageTools.Fuzz.Images;
using AzImageTools.TestKit;

namespace AzImageTools.Fuzz.Targets;

/// <summary>
/// Disks that tests/data has no image of: chains of differencing disks, disks of several files, a VHDX with a log to
/// replay, one with sectors of 4096 bytes.
/// </summary>
internal static class ChainImages
{
    private const int BlockSize = 1 << 20;
    private const long Capacity = 5L * BlockSize;
    private const int LogSector = 4096;
    private const string Pattern = "pattern.qcow2";

    private static readonly Guid BaseId = new("3A1F9B52-0C51-4C7B-8E0A-5F6E1B7F2C01");
    private static readonly Guid ChildId = new("3A1F9B52-0C51-4C7B-8E0A-5F6E1B7F2C02");

    /// <summary>Each set's files by name; the first is the one to open.</summary>
    public static IReadOnlyList<IReadOnlyList<(string Name, byte[] Content)>> CreateAll()
    {
        using TempFolder folder = new();
        return
        [
            [MakeVhdChild(folder), MakeVhdBase(folder)],
            [MakeVhdxChild(folder), MakeVhdxBase(folder)],
            [MakeVhdxWithLog(folder)],
            [MakeVhdx4096(folder)],
            [MakeOverlay(), ("base.qcow2", Load(Pattern))],
            [Describe("flat.vmdk", "monolithicFlat", "RW 2048 FLAT \"flat-data.vmdk\" 0"), ("flat-data.vmdk", Bytes(5))],
            [Describe("split.vmdk", "twoGbMaxExtentSparse", "RW 6151 SPARSE \"split-s001.vmdk\"\nRW 8 ZERO\nRW 6144 SPARSE \"split-s002.vmdk\""), ("split-s001.vmdk", Load("pattern.vmdk")), ("split-s002.vmdk", Load("pattern.vmdk"))],
        ];
    }

    private static (string Name, byte[] Content) MakeVhdBase(TempFolder folder)
        => Read(new VhdBuilder(Capacity) { UniqueId = BaseId }.Block(0, Bytes(1)).Block(2, Bytes(2)).Save(folder.File("base.vhd")));

    private static (string Name, byte[] Content) MakeVhdChild(TempFolder folder)
    {
        VhdBuilder builder = new(Capacity) { UniqueId = ChildId, ParentId = BaseId, ParentName = "base.vhd" };
        builder.Locators["W2ru"] = @".\base.vhd";
        return Read(builder.Block(1, Bytes(3), static sector => sector % 7 == 0).Block(2, Bytes(4), static sector => sector > 9).Save(folder.File("child.avhd")));
    }

    private static (string Name, byte[] Content) MakeVhdxBase(TempFolder folder)
        => Read(new VhdxBuilder(Capacity) { Identifier = BaseId }.Block(0, Bytes(1)).Block(2, Bytes(2)).Save(folder.File("base.vhdx")));

    private static (string Name, byte[] Content) MakeVhdxChild(TempFolder folder)
        => Read(new VhdxBuilder(Capacity) { Identifier = ChildId, Locator = VhdxBuilder.LocatorOf(@".\base.vhdx", BaseId) }
            .PartialBlock(1, Bytes(3), static sector => sector % 7 == 0)
            .PartialBlock(2, Bytes(4), static sector => sector > 9)
            .Save(folder.File("child.avhdx")));

    private static (string Name, byte[] Content) MakeVhdxWithLog(TempFolder folder)
    {
        byte[] table = new byte[LogSector];
        BinaryPrimitives.WriteUInt64LittleEndian(table, (ulong)VhdxBuilder.FirstBlockOffset | 6);
        const long Length = VhdxBuilder.FirstBlockOffset + BlockSize;
        VhdxLogBuilder log = new VhdxLogBuilder()
            .Entry(1, 0, Length, (VhdxBuilder.TableOffset, table, 0), (VhdxBuilder.FirstBlockOffset, null, 2 * LogSector))
            .Entry(2, 0, Length, (VhdxBuilder.FirstBlockOffset + LogSector, table, 0));
        return Read(new VhdxBuilder(Capacity) { Log = (VhdxLogBuilder.Id, log.Content) }.Block(4, Bytes(1)).Save(folder.File("log.vhdx")));
    }

    private static (string Name, byte[] Content) MakeVhdx4096(TempFolder folder)
        => Read(new VhdxBuilder(Capacity, sectorSize: 4096).Block(0, Bytes(6)).Block(3, Bytes(7)).State(1, 2).State(2, 3).Save(folder.File("4096.vhdx")));

    /// <summary>The pattern disk over itself: a name of a backing file and its format in the header, and most clusters left out.</summary>
    private static (string Name, byte[] Content) MakeOverlay()
    {
        const int Extensions = 112;
        const int Name = 512;
        byte[] image = Load(Pattern);
        byte[] backing = Encoding.ASCII.GetBytes("base.qcow2");
        BinaryPrimitives.WriteInt64BigEndian(image.AsSpan(8), Name);
        BinaryPrimitives.WriteInt32BigEndian(image.AsSpan(16), backing.Length);
        image.AsSpan(Extensions, Name - Extensions).Clear();
        BinaryPrimitives.WriteUInt32BigEndian(image.AsSpan(Extensions), 0xE2792ACA);
        BinaryPrimitives.WriteInt32BigEndian(image.AsSpan(Extensions + 4), 5);
        "qcow2"u8.CopyTo(image.AsSpan(Extensions + 8));
        backing.CopyTo(image, Name);
        int level1 = (int)BinaryPrimitives.ReadInt64BigEndian(image.AsSpan(40));
        int level2 = (int)(BinaryPrimitives.ReadInt64BigEndian(image.AsSpan(level1)) & 0x00FFFFFFFFFFFE00);
        for (int cluster = 0; cluster < 48; cluster += 3)
        {
            image.AsSpan(level2 + (cluster * 8), 16).Clear();
        }

        return ("child.qcow2", image);
    }

    private static (string Name, byte[] Content) Describe(string name, string type, string extents)
        => (name, Encoding.ASCII.GetBytes(
            $"# Disk DescriptorFile\nversion=1\nCID=7d1b2c3a\nparentCID=ffffffff\ncreateType=\"{type}\"\n\n# Extent description\n{extents}\n\n# The Disk Data Base\n#DDB\n\nddb.virtualHWVersion = \"4\"\nddb.adapterType = \"ide\"\n"));

    private static byte[] Load(string name)
    {
        MutableImage image = TestImages.Load("disks", name);
        return image.Read(0, (int)image.Length);
    }

    private static (string Name, byte[] Content) Read(string path) => (Path.GetFileName(path), File.ReadAllBytes(path));

    /// <summary>A block: data in its first part only, so that a page that is put back costs little.</summary>
    private static byte[] Bytes(int seed)
    {
        byte[] bytes = new byte[BlockSize];
        FuzzRandom random = new((ulong)seed);
        for (int i = 0; i < BlockSize / 8; i++)
        {
            bytes[i] = (byte)random.Next();
        }

        return bytes;
    }
}
