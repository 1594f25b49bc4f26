using AzImageTools.Disks.Volumes;
using AzImageTools.Fuzz.Grammar;
using AzImageTools.Fuzz.Images;
using AzImageTools.TestKit;

namespace AzImageTools.Fuzz.Targets;

/// <summary>The targets whose inputs are made from scratch by a format's grammar, and not by damage.</summary>
internal static class GrammarTargets
{
    /// <summary>What the targets' names begin with.</summary>
    public const string Prefix = "made-";

    public static IReadOnlyList<FuzzTarget> CreateAll() =>
    [
        Create("hives", 300, HiveGrammar.Make, static (image, _, watch) => HiveWalk.Read(AsFile(image, watch))),
        Create("ext", 300, ExtGrammar.Make, ReadVolume),
        Create("xfs", 300, XfsGrammar.Make, ReadVolume),
        Create("fat", 300, FatGrammar.Make, ReadVolume),
        Create("ntfs", 300, NtfsGrammar.Make, ReadVolume),
        Create("ext-writes", 200, ExtGrammar.Make, WriteVolume),
        Create("xfs-writes", 200, XfsGrammar.Make, WriteVolume),
        Create("fat-writes", 200, FatGrammar.Make, WriteVolume),
        Create("ntfs-writes", 200, NtfsGrammar.Make, WriteVolume),
        Create("partitions", 300, PartitionGrammar.Make, PartitionWalk.Read),
        CreateFile("qcow2", 200, Qcow2Grammar.Make, "made.qcow2"),
        CreateFile("vhd", 200, VhdGrammar.Make, "made.vhd", ("base.vhd", WriteVhdParent)),
        CreateFile("vhdx", 200, VhdxGrammar.Make, "made.vhdx", ("base.vhdx", WriteVhdxParent)),
        CreateFile("vmdk", 200, VmdkGrammar.Make, "made.vmdk"),
        Create("lvm", 100, LvmGrammar.Make, LogicalWalk.Read),
        Create("cpio", 100, CpioGrammar.Make, static (image, _, watch) => InitramfsWalk.List(AsFile(image, watch))),
        Create("journals", 200, JournalGrammar.Make, JournalWalk.Read),
        Create("pagelists", 200, PageListGrammar.Make, static (image, _, watch) => PageListWalk.Read(image, watch)),
        Create("guests", 40, GuestGrammar.Make, static (image, _, watch) => GuestWalk.Judge(new ImageSource(image, 512, watch), watch.Token)),
        new(Prefix + "evidence", 60, static _ => [.. TestImages.List("evidence").Select(CreateEvidence)]),
    ];

    /// <summary>Evidence made out of a whole document.</summary>
    private static MadeSubject CreateEvidence(string name)
    {
        string whole = EvidenceWalk.Unpack(new MutableImage(EvidenceWalk.Unwrap(TestImages.Load("evidence", name))));
        return new MadeSubject(name, random => EvidenceGrammar.Make(whole, random), static (image, _, _) => EvidenceWalk.JudgeJson(image));
    }

    private static bool ReadVolume(MutableImage image, FuzzRandom random, ReadWatch watch) => VolumeWalk.Read(new ImageSource(image, 512, watch), random);

    private static bool WriteVolume(MutableImage image, FuzzRandom random, ReadWatch watch) => WriteWalk.Write(new ImageSource(image, 512, watch), random);

    /// <summary>The image as a file on a disk: what is read of it counts against the disk's budget.</summary>
    private static FileContentStream AsFile(MutableImage image, ReadWatch watch)
        => new(new FileContent(new ImageSource(image, 512, watch), "made", [new FileRun(0, 0, image.Length)], image.Length, image.Length));

    private static FuzzTarget Create(string name, int weight, Func<FuzzRandom, MutableImage> make, Func<MutableImage, FuzzRandom, ReadWatch, bool> walk)
        => new(Prefix + name, weight, _ => [new MadeSubject(name, make, walk)]);

    /// <summary>The disk that differencing VHDs go back to.</summary>
    private static void WriteVhdParent(string path)
        => new VhdBuilder((long)VhdGrammar.ParentBlocks * VhdGrammar.ParentBlockSize, VhdGrammar.ParentBlockSize) { UniqueId = VhdGrammar.ParentId }.Block(1, "parent"u8.ToArray()).Save(path);

    /// <summary>The disk that differencing VHDXs go back to.</summary>
    private static void WriteVhdxParent(string path)
        => new VhdxBuilder((long)VhdxGrammar.ParentBlocks * VhdxGrammar.ParentBlockSize, VhdxGrammar.ParentBlockSize) { Identifier = VhdxGrammar.ParentId }.Block(1, "parent"u8.ToArray()).Save(path);

    private static FuzzTarget CreateFile(string name, int weight, Func<FuzzRandom, MutableImage> make, string fileName, params (string Name, Action<string> Write)[] siblings)
        => new(Prefix + name, weight, files =>
        {
            ScratchFile file = new(fileName);
            files.Add(file);
            foreach ((string sibling, Action<string> write) in siblings)
            {
                write(Path.Combine(Path.GetDirectoryName(file.FullName)!, sibling));
            }

            return
            [
                new MadeSubject(
                    fileName,
                    random =>
                    {
                        MutableImage image = make(random);
                        file.Write(image);
                        return image;
                    },
                    (_, random, watch) => DiskWalk.Open(file.FullName, random, watch)),
            ];
        });
}
