using System.Globalization;
using AzImageTools.Disks.Volumes;
using CsCheck;

namespace AzImageTools.Disks.Tests.Volumes.Writing;

/// <summary>Random changes to a volume's files, made to the volume and to a model of it.</summary>
internal static class WritePlan
{
    private const int MostKinds = 10;

    /// <summary>How many sequences of changes are tried on each volume: a few, or what AZIMAGETOOLS_REPAIR_SEQUENCES says.</summary>
    public static int Sequences { get; } = int.TryParse(Environment.GetEnvironmentVariable("AZIMAGETOOLS_REPAIR_SEQUENCES"), NumberStyles.None, CultureInfo.InvariantCulture, out int count) ? count : 6;

    /// <summary>Sequences of changes; the test's output tells the seed they are made of, which AZIMAGETOOLS_REPAIR_SEED sets.</summary>
    public static IReadOnlyList<(int Kind, int Which, int Length, int Seed)[]> Make()
    {
        PCG random = Environment.GetEnvironmentVariable("AZIMAGETOOLS_REPAIR_SEED") is { Length: > 0 } seed ? PCG.Parse(seed) : new PCG((uint)Random.Shared.Next());
        TestContext.Current.TestOutputHelper?.WriteLine($"AZIMAGETOOLS_REPAIR_SEED={random}");
        return [.. Enumerable.Range(0, Sequences).Select(_ => Changes.Generate(random, null, out Size _))];
    }

    /// <summary>Changes: what kind, of which file, how long it gets, and a seed of its content.</summary>
    private static Gen<(int Kind, int Which, int Length, int Seed)[]> Changes { get; } = Gen.Select(
        Gen.Int[0, MostKinds - 1],
        Gen.Int[0, 1 << 20],
        Gen.Frequency((6, Gen.Int[0, 5000]), (3, Gen.Int[5000, 70_000]), (1, Gen.Int[70_000, 900_000])),
        Gen.Int[0, 1 << 20]).Array[1, 12];

    /// <summary>Makes changes, each of which is made whole or refused.</summary>
    /// <returns>How many were made.</returns>
    public static int Apply(IWritableFiles files, FilesModel model, (int Kind, int Which, int Length, int Seed)[] changes, WriteLimits limits, DateTimeOffset now)
    {
        int made = 0;
        foreach ((int kind, int which, int length, int seed) in changes)
        {
            try
            {
                if (Apply(files, model, kind, which, length, seed, limits, now))
                {
                    made++;
                }
            }
            catch (DiskRepairException refusal) when (refusal.Problem is DiskRepairProblem.VolumeFull or DiskRepairProblem.FileNotRepairable)
            {
                // Nothing was changed, as the comparison with the model tells.
            }
        }

        return made;
    }

    private static bool Apply(IWritableFiles files, FilesModel model, int kind, int which, int length, int seed, WriteLimits limits, DateTimeOffset now)
    {
        if (kind < 5 && model.Files.Count > 0)
        {
            string path = model.Files[which % model.Files.Count];
            byte[] content = Content(limits.CanGrow ? length : (int)(length % (model.Content(path).Length + 1L)), seed);
            files.Rewrite(path, content, now);
            model.Rewrite(path, content);
            return true;
        }

        if (kind < 8 && limits.CanDelete && model.All.Count > 0)
        {
            string path = model.All[which % model.All.Count];
            if (path == "lost+found")
            {
                return false;
            }

            files.Delete(path, now);
            model.Delete(path);
            return true;
        }

        if (kind >= 8 && limits.CanCreate)
        {
            string folder = model.Folders[which % model.Folders.Count];
            string name = $"made {which} {new string((char)('a' + (seed % 26)), seed % 60)}";
            string path = folder.Length == 0 ? name : $"{folder}/{name}";
            if (model.All.Contains(path))
            {
                return false;
            }

            byte[] content = Content(length, seed);
            files.Create(path, content, new NewFile { Permissions = 0x180, Label = seed % 3 == 0 && limits.HasLabels ? "system_u:object_r:etc_t:s0\0"u8.ToArray() : null }, now);
            model.Create(path, content);
            return true;
        }

        return false;
    }

    private static byte[] Content(int length, int seed)
    {
        byte[] content = new byte[length];
        new Random(seed).NextBytes(content);
        return content;
    }
}

/// <summary>What a file system can be asked to do.</summary>
internal sealed record WriteLimits(bool CanGrow = true, bool CanDelete = true, bool CanCreate = true, bool HasLabels = true);
