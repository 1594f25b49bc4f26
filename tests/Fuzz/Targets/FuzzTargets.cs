using AzImageTools.Disks;
using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Images;
using AzImageTools.Fuzz.Images;
using AzImageTools.Fuzz.Layouts;
using AzImageTools.TestKit;

namespace AzImageTools.Fuzz.Targets;

/// <summary>All targets.</summary>
internal static class FuzzTargets
{
    private const string Disks = "disks";
    private const string Volumes = "volumes";
    private const string Hives = "hives";
    private const string Evidence = "evidence";
    private const string Initramfs = "initramfs";

    /// <summary>How much of a disk's beginning and end the partition target keeps.</summary>
    private const int PartitionArea = 1 << 20;

    public static IReadOnlyList<FuzzTarget> CreateAll() =>
    [
        new("containers", 300, LoadContainers),
        new("partitions", 300, LoadPartitions),
        new("logical", 60, LoadLogical),
        new("volumes", 200, static _ => LoadVolumes(VolumeWalk.Read)),
        new("writers", 100, static _ => LoadVolumes(WriteWalk.Write)),
        new("registry", 200, LoadHives),
        new("hive-edits", 100, static _ => LoadHiveEdits()),
        new("inspection", 12, files => LoadContents(files, DiskWalk.Inspect)),
        new("guests", 4, files => LoadContents(files, GuestWalk.Judge)),
        new(Initramfs, 200, static _ => LoadInitramfs()),
        new("evidence", 100, static _ => LoadEvidence()),
        .. GrammarTargets.CreateAll(),
    ];

    private static List<FuzzSubject> LoadContainers(List<IDisposable> files)
    {
        IEnumerable<FuzzSubject> single = TestImages.List(Disks).Select(name => CreateContainer(name, TestImages.Load(Disks, name), DiskWalk.Open, files, []));
        return [.. single, .. ChainImages.CreateAll().SelectMany(set => set.Select(damaged => CreateContainer(
            damaged.Name,
            new MutableImage(damaged.Content),
            (path, random) => DiskWalk.Open(Path.Combine(Path.GetDirectoryName(path)!, set[0].Name), random),
            files,
            [.. set.Where(other => other.Name != damaged.Name)])))];
    }

    /// <summary>A container whose structures are damaged, with the whole files that it needs beside it.</summary>
    private static FuzzSubject CreateContainer(
        string name, MutableImage image, Func<string, FuzzRandom, bool> walk, List<IDisposable> files, IReadOnlyList<(string Name, byte[] Content)> siblings)
    {
        Layout layout = new(image, blindWeight: 1);
        ContainerLayout.Describe(image, layout);
        return CreateFile(name, image, layout, walk, files, siblings);
    }

    /// <summary>Whole disks whose content is damaged: what is read through several layers at once.</summary>
    private static List<FuzzSubject> LoadContents(List<IDisposable> files, Func<string, FuzzRandom, bool> walk)
        => [.. TestImages.List(Disks).Where(static name => !name.StartsWith("pattern", StringComparison.Ordinal)).Select(name =>
        {
            MutableImage image = TestImages.Load(Disks, name);
            Layout layout = new(image, blindWeight: 20);
            ContainerLayout.Describe(image, layout);
            ContentLayout.Describe(image, layout);
            return CreateFile(name, image, layout, walk, files, []);
        })];

    private static FuzzSubject CreateFile(
        string name,
        MutableImage image,
        Layout layout,
        Func<string, FuzzRandom, bool> walk,
        List<IDisposable> files,
        IReadOnlyList<(string Name, byte[] Content)> siblings)
    {
        ImageFile file = new(image, name);
        foreach ((string sibling, byte[] content) in siblings)
        {
            file.AddSibling(sibling, stream => stream.Write(content));
        }

        files.Add(file);
        return new FuzzSubject(name, image, layout, random => walk(file.FullName, random)) { Publish = file.Update };
    }

    private static List<FuzzSubject> LoadPartitions(List<IDisposable> files)
    {
        (string Name, MutableImage Image)[] disks =
        [
            ("ready.raw", new MutableImage(Ends(TestImages.Open(Disks, "ready.raw")))),
            ("logical", new MutableImage(PartitionDisks.MakeLogical())),
            ("gpt-4096", new MutableImage(PartitionDisks.MakeGpt4096())),
        ];
        return [.. disks.Select(static disk =>
        {
            Layout layout = new(disk.Image, blindWeight: 2);
            PartitionLayout.Describe(disk.Image, layout);
            return new FuzzSubject(disk.Name, disk.Image, layout, random => PartitionWalk.Read(disk.Image, random));
        })];
    }

    /// <summary>A GPT disk shrunk to its two ends: all that a partition table's reader looks at.</summary>
    private static byte[] Ends(Stream content)
    {
        using MemoryStream whole = new();
        using (content)
        {
            content.CopyTo(whole);
        }

        byte[] bytes = whole.ToArray();
        byte[] disk = [.. bytes.AsSpan(0, PartitionArea), .. bytes.AsSpan(bytes.Length - PartitionArea)];
        PartitionDisks.MoveBackup(disk);
        return disk;
    }

    /// <summary>The disk with logical volumes, out of its container, so that what is damaged are they.</summary>
    private static List<FuzzSubject> LoadLogical(List<IDisposable> files)
    {
        using TempFolder folder = new();
        using VirtualDisk disk = DiskOpener.Open(TestFile.Unpack("disks/lvm.vhd", folder));
        byte[] content = new byte[disk.Capacity];
        disk.Read(0, content);
        MutableImage image = new(content);
        Layout layout = new(image, blindWeight: 2);
        ContentLayout.Describe(image, layout);
        return [new FuzzSubject("lvm", image, layout, random => LogicalWalk.Read(image, random))];
    }

    private static List<FuzzSubject> LoadVolumes(Func<IByteSource, FuzzRandom, bool> walk)
    {
        List<FuzzSubject> subjects = [];
        foreach (string name in TestImages.List(Volumes))
        {
            MutableImage image = TestImages.Load(Volumes, name);
            Layout layout = new(image, blindWeight: 2);
            layout.AddContent(image, weight: 2);
            switch (name[..3])
            {
                case "fat":
                    FatLayout.Describe(image, layout);
                    break;
                case "ext":
                    ExtLayout.Describe(image, layout);
                    break;
                case "xfs":
                    XfsLayout.Describe(image, layout);
                    break;
                default:
                    ContentLayout.Describe(image, layout);
                    break;
            }

            subjects.Add(new FuzzSubject(name, image, layout, random => walk(new ImageSource(image, 512), random)));
        }

        return subjects;
    }

    private static List<FuzzSubject> LoadHives(List<IDisposable> files)
        => [.. TestImages.List(Hives).Select(HiveLogImages.MakeNew), .. TestImages.List(Hives).Select(HiveLogImages.MakeOld), .. TestImages.List(Hives).Select(static name =>
        {
            MutableImage image = TestImages.Load(Hives, name);
            Layout layout = new(image, blindWeight: 5);
            layout.Add("root key", 4096, Math.Min(512, image.Length - 4096), 10);
            ContentLayout.Describe(image, layout);
            return new FuzzSubject(name, image, layout, _ => HiveWalk.Read(image));
        })];

    private static List<FuzzSubject> LoadHiveEdits()
        => [.. TestImages.List(Hives).Select(static name =>
        {
            MutableImage image = TestImages.Load(Hives, name);
            Layout layout = new(image, blindWeight: 5);
            layout.Add("root key", 4096, Math.Min(512, image.Length - 4096), 10);
            ContentLayout.Describe(image, layout);
            return new FuzzSubject(name, image, layout, random => HiveEditWalk.Change(image, random));
        })];

    private static List<FuzzSubject> LoadInitramfs()
        => [.. TestImages.List(Initramfs).Select(static name =>
        {
            MutableImage image = TestImages.Load(Initramfs, name);
            return new FuzzSubject(name, image, new Layout(image, blindWeight: 1), _ => InitramfsWalk.List(image));
        })];

    /// <summary>Evidence of each kind of machine, damaged as it is printed, as it is packed and as it is written.</summary>
    private static List<FuzzSubject> LoadEvidence()
        => [.. TestImages.List(Evidence).SelectMany(static name =>
        {
            MutableImage text = TestImages.Load(Evidence, name);
            MutableImage packed = new(EvidenceWalk.Unwrap(text));
            string whole = EvidenceWalk.Unpack(packed);
            MutableImage json = new(System.Text.Encoding.UTF8.GetBytes(whole));
            Layout words = new(json, blindWeight: 2);
            words.Add("words", 0, json.Length, 3, isText: true);
            return new FuzzSubject[]
            {
                new(name + "-values", json, words, random => EvidenceWalk.JudgeChanged(whole, random)),
                new(name + "-json", json, words, _ => EvidenceWalk.JudgeJson(json)),
                new(name + "-packed", packed, new Layout(packed, blindWeight: 1), _ => EvidenceWalk.JudgePacked(packed)),
                new(name, text, new Layout(text, blindWeight: 1), _ => EvidenceWalk.JudgeText(text)),
            };
        })];
}
