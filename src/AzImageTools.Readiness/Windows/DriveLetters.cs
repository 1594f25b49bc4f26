using System.Text;
using AzImageTools.Disks.Registry;
using AzImageTools.Disks.Repair;
using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Rules;

namespace AzImageTools.Readiness.Windows;

/// <summary>Reads which volumes have which drive letters, from <c>SYSTEM\MountedDevices</c>.</summary>
internal static class DriveLetters
{
    private const string MountedDevices = @"SYSTEM\MountedDevices";
    private const string LetterPrefix = @"\DosDevices\";
    private const string PagingFiles = "PagingFiles";
    private const string MemoryManagement = WindowsKeys.SessionManager + @"\Memory Management";

    /// <summary>A volume on an MBR disk: the disk's signature and the volume's offset.</summary>
    private const int MbrVolumeLength = 12;

    /// <summary>What begins the entry of a volume on a GPT disk, before the partition's GUID.</summary>
    private static readonly byte[] GptVolumePrefix = Encoding.ASCII.GetBytes("DMIO:ID:");

    /// <summary>Lets Windows choose the drive of its paging file, which in Azure is the temporary disk's where there is one.</summary>
    public static RegistryEdit PageFileAnywhere => RegistryCheck.Edit(MemoryManagement, PagingFiles, RegistryValueType.MultiString, new[] { @"?:\pagefile.sys" });

    /// <summary>Azure's temporary disk takes D:. An optical drive there gives way.</summary>
    public static RuleOutcome JudgeD(RuleContext context)
    {
        object? device = context.Guest.GetValue(MountedDevices, LetterPrefix + "D:");
        Observation seen = new(@"HKLM\" + MountedDevices + LetterPrefix + "D:", device is null ? "absent" : IsVolume(device) ? "a volume" : "not a volume of a disk");
        return RuleOutcome.PassIf(!IsVolume(device), seen);
    }

    /// <summary>Every paging file is on a drive that exists; '?' lets Windows choose.</summary>
    public static RuleOutcome JudgePageFiles(RuleContext context)
    {
        object? data = context.Guest.GetValue(MemoryManagement, PagingFiles);
        Observation seen = RegistryCheck.See(MemoryManagement, PagingFiles, data);
        string[] lost = [.. (data as string[] ?? [])
            .Where(file => file.Length > 1 && file[0] != '?' && !HasLetter(context.Guest, file[0]))
            .Select(file => file.Substring(0, 2))];
        return lost.Length == 0 ? RuleOutcome.Pass(seen) : RuleOutcome.Fail(seen, new Observation(@"HKLM\" + MountedDevices, $"no drive {string.Join(", ", lost)}"));
    }

    private static bool HasLetter(Guest guest, char letter)
        => guest.GetValueNames(MountedDevices).Contains($"{LetterPrefix}{letter}:", StringComparer.OrdinalIgnoreCase);

    private static bool IsVolume(object? device)
        => device is byte[] bytes && (bytes.Length == MbrVolumeLength || bytes.AsSpan().StartsWith(GptVolumePrefix));
}
