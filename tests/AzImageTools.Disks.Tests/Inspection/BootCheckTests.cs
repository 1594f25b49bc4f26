using AzImageTools.Disks.Inspection;
using AzImageTools.Disks.Tests.Containers;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Inspection;

/// <summary>Which generations start from a disk is told by code that is there, not by the places for it.</summary>
public sealed class BootCheckTests : IDisposable
{
    private const int CodeOffset = 5 << 20;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(true, true, VmGenerations.V1, null)]
    [InlineData(false, true, VmGenerations.None, "first sector holds no boot code")]
    [InlineData(true, false, VmGenerations.None, "partition 2 is for BIOS boot code, and is empty")]
    [InlineData(false, false, VmGenerations.None, "first sector holds no boot code")]
    public async Task A_BIOS_starts_what_is_in_the_first_sector_and_in_the_partition_for_its_code(bool hasFirst, bool hasCore, VmGenerations expected, string? obstacle)
    {
        string path = await MakeDiskAsync();
        using (FileStream disk = new(path, FileMode.Open))
        {
            disk.WriteByte(hasFirst ? (byte)0xEB : (byte)0);
            disk.Position = CodeOffset;
            disk.WriteByte(hasCore ? (byte)0x52 : (byte)0);
        }

        AssertStarts(path, expected, obstacle);
    }

    [Theory]
    [InlineData("an active partition", true, VmGenerations.V1)]
    [InlineData("an active partition, and no code that looks for it", false, VmGenerations.None)]
    public async Task An_active_partition_needs_code_that_starts_it(string name, bool hasFirst, VmGenerations expected)
    {
        ExternalTool.SkipUnlessInstalled("sfdisk");
        string path = _folder.File($"{name}.raw");
        string layout = _folder.File("layout");
        await File.WriteAllTextAsync(layout, "label: dos\nstart=2048, type=83, bootable\n");
        await File.WriteAllBytesAsync(path, new byte[6 << 20]);
        await ExternalTool.RunAsync("sh", "-c", $"sfdisk -q '{path}' < '{layout}'");
        using (FileStream disk = new(path, FileMode.Open))
        {
            disk.WriteByte(hasFirst ? (byte)0xEB : (byte)0);
        }

        AssertStarts(path, expected, hasFirst ? null : "no boot code");
    }

    [Theory]
    [InlineData("BOOTX64.EFI=x64", VmGenerations.V2, null)]
    [InlineData("BOOTAA64.EFI=arm64", VmGenerations.V2, null)]
    [InlineData("BOOTX64.EFI=arm64", VmGenerations.None, "another processor (machine 0xAA64)")]
    [InlineData("BOOTAA64.EFI=x86", VmGenerations.None, "another processor (machine 0x014C)")]
    [InlineData("BOOTX64.EFI=text", VmGenerations.None, "is no program")]
    [InlineData("BOOTX64.EFI=empty", VmGenerations.None, "without code, and the only one")]
    [InlineData("BOOTX64.EFI=empty;debian/shimx64.efi=x64", VmGenerations.V2, null)]
    [InlineData("BOOTX64.EFI=shim", VmGenerations.None, "grubx64.efi, is not beside it")]
    [InlineData("BOOTX64.EFI=shim;debian/shimx64.efi=shim;debian/grubx64.efi=x64", VmGenerations.None, "is not beside it")]
    [InlineData("BOOTX64.EFI=shim;GRUBX64.EFI=x64", VmGenerations.V2, null)]
    [InlineData("BOOTX64.EFI=shim;fbx64.efi=x64;debian/shimx64.efi=shim;debian/grubx64.efi=x64", VmGenerations.V2, null)]
    [InlineData("BOOTX64.EFI=shim;fbx64.efi=x64;debian/shimx64.efi=shim", VmGenerations.None, "is not beside it")]
    [InlineData("grubx64.efi=x64", VmGenerations.None, null)]
    public async Task Firmware_starts_the_default_loader_with_what_that_one_starts(string files, VmGenerations expected, string? obstacle)
    {
        string path = await MakeDiskAsync([.. files.Split(';').Select(static file => file.Split('='))]);
        AssertStarts(path, expected, obstacle);
    }

    private static void AssertStarts(string path, VmGenerations expected, string? obstacle)
    {
        DiskInfo info = TestDisks.Inspect(path);
        Assert.Equal(expected, info.SupportedGenerations);
        if (obstacle is not null)
        {
            Assert.Contains(info.BootObstacles, text => text.Contains(obstacle, StringComparison.Ordinal));
        }
        else
        {
            Assert.DoesNotContain(info.BootObstacles, text => expected == VmGenerations.V2 && text.StartsWith("Generation 2", StringComparison.Ordinal));
        }
    }

    /// <summary>A disk with an EFI system partition, files in the default loader's folder or beside it, and a partition for BIOS boot code.</summary>
    private async Task<string> MakeDiskAsync(params string[][] files)
    {
        ExternalTool.SkipUnlessInstalled("sgdisk", "mkfs.fat", "mmd", "mcopy");
        string path = _folder.File("disk.raw");
        await File.WriteAllBytesAsync(path, new byte[7 << 20]);
        await ExternalTool.RunAsync("sgdisk", "-n", "1:2048:+4M", "-t", "1:EF00", "-n", "2:10240:+64K", "-t", "2:EF02", path);
        await ExternalTool.RunAsync("mkfs.fat", "--offset", "2048", "-F", "12", path, "4096");
        string image = path + "@@1M";
        await ExternalTool.RunAsync("mmd", "-i", image, "::/EFI", "::/EFI/BOOT", "::/EFI/debian");
        foreach (string[] file in files)
        {
            string content = _folder.File("content");
            await File.WriteAllBytesAsync(content, file[1] switch
            {
                "x64" => EfiPrograms.Make(ProgramHeaders.X64),
                "arm64" => EfiPrograms.Make(ProgramHeaders.Arm64),
                "x86" => EfiPrograms.Make(0x14C),
                "shim" => EfiPrograms.Make(ProgramHeaders.X64, text: @"\grubx64.efi"),
                "empty" => EfiPrograms.Make(ProgramHeaders.X64, sections: 0),
                _ => "a program"u8.ToArray(),
            });
            await ExternalTool.RunAsync("mcopy", "-o", "-i", image, content, file[0].Contains('/', StringComparison.Ordinal) ? $"::/EFI/{file[0]}" : $"::/EFI/BOOT/{file[0]}");
        }

        return path;
    }
}
