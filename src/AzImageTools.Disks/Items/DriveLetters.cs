using System.Buffers.Binary;
using AzImageTools.Disks.Inspection;
using AzImageTools.Disks.Registry;
using AzImageTools.Disks.Volumes;

namespace AzImageTools.Disks.Items;

/// <summary>The drive letters that a Windows gives the volumes of its disk, from <c>SYSTEM\MountedDevices</c>.</summary>
internal static class DriveLetters
{
    private const string Prefix = @"\DosDevices\";

    // A volume of an MBR disk: the disk's signature and the volume's offset; of a GPT disk: this, and the partition's identifier.
    private const int MbrLength = 12;
    private const int IdentifierLength = 16;

    private static ReadOnlySpan<byte> GptPrefix => "DMIO:ID:"u8;

    /// <summary>The letters with their colons, and the volumes; the volume with Windows is C: where nothing tells otherwise.</summary>
    /// <param name="system">The volume with the operating system.</param>
    /// <param name="volumes">All volumes of its disk.</param>
    public static IReadOnlyDictionary<string, DiskVolume> Read(DiskVolume system, IReadOnlyList<DiskVolume> volumes)
    {
        Dictionary<string, DiskVolume> letters = new(StringComparer.OrdinalIgnoreCase);
        using WindowsHives? hives = Salvage.Try(() => WindowsHives.Open(system.FileSystem!), out _);
        if (hives is null)
        {
            return letters;
        }

        foreach (Found<RegistryValue> found in Salvage.Enumerate(() => hives.OpenKey(@"SYSTEM\MountedDevices")?.GetValues() ?? []))
        {
            if (found.Value is { } value
                && value.Name.Length == Prefix.Length + 2
                && value.Name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase)
                && volumes.FirstOrDefault(volume => IsAt(volume, value.Data.Span)) is { } volume)
            {
                letters[value.Name.Substring(Prefix.Length)] = volume;
            }
        }

        const string usual = "C:";
        if (!letters.ContainsKey(usual) && !letters.ContainsValue(system))
        {
            letters[usual] = system;
        }

        return letters;
    }

    private static bool IsAt(DiskVolume volume, ReadOnlySpan<byte> device)
        => volume.Partition is { } partition
            && (device.Length == MbrLength
                ? BinaryPrimitives.ReadInt64LittleEndian(device.Slice(sizeof(uint))) == partition.Offset
                : device.Length == GptPrefix.Length + IdentifierLength
                    && device.StartsWith(GptPrefix)
                    && partition.UniqueId == GuidBytes.Read(device.Slice(GptPrefix.Length)));
}
