using System.Diagnostics;
using System.Security.Cryptography;
using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Conversion;
using AzImageTools.Disks.Images;
using AzImageTools.Disks.Items;
using AzImageTools.Disks.Registry;
using AzImageTools.Disks.Repair;
using AzImageTools.Disks.Volumes;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Repair;

/// <summary>The whole way: a value of a hive in a file of an NTFS volume of a partition of a disk in a container.</summary>
public sealed class RegistryRepairTests : IDisposable
{
    private const string Cdrom = @"HKLM\SYSTEM\CurrentControlSet\Services\cdrom";

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("ready-dynamic.vhdx")]
    [InlineData("ready-fixed.vhd")]
    [InlineData("ready.raw")]
    [InlineData("mbr-dynamic.vhd")]
    public void A_value_is_changed_beside_the_disk_which_stays_as_it_is(string disk)
    {
        string path = Unpack(disk);
        string before = Hash(path);
        RegistryChange change = Set(path, Cdrom, "Start", RegistryValueType.DWord, 3u);

        Assert.Equal((1u, 3u, RegistryValueType.DWord), (change.DataBefore, change.Data, change.TypeBefore));
        Assert.Equal(@"HKLM\SYSTEM\CurrentControlSet\Services\cdrom\Start: DWord 1 -> DWord 3", change.ToString());
        Assert.Equal(before, Hash(path));
        Assert.Equal((1u, 3u), (Read(path, Cdrom, "Start", usesRepair: false), Read(path, Cdrom, "Start", usesRepair: true)));
        DiskRepair repair = Assert.Single(DiskRepair.List(path));
        Assert.Equal((1, change.ToString(), path, change.RepairPath), (repair.Number, repair.Description, repair.Path, repair.RepairPath));
        Assert.True(repair.BytesChanged < 16 * 1024, $"{repair.BytesChanged} bytes are changed.");
    }

    [Theory]
    [InlineData("ready-dynamic.vhdx")]
    [InlineData("mbr-fixed.vhd")]
    public async Task Other_programs_find_the_change_and_every_other_file_as_it_was(string disk)
    {
        ExternalTool.SkipUnlessInstalled("hivexget", "ntfscat", "ntfsfix");
        string path = Unpack(disk);
        Set(path, Cdrom, "Start", RegistryValueType.DWord, 3u);
        Set(path, Cdrom, "Group", RegistryValueType.String, "SCSI CDROM Class, changed");
        using OpenedImage changed = Open(path, usesRepair: true);
        string volume = await SaveVolumeAsync(changed, "changed.ntfs");
        string hive = _folder.File("SYSTEM");
        ProcessStartInfo cat = new(ExternalTool.Find("ntfscat")!, [volume, "Windows/System32/config/SYSTEM"]) { RedirectStandardOutput = true, UseShellExecute = false };
        using (Process process = Process.Start(cat)!)
        await using (FileStream file = File.Create(hive))
        {
            await process.StandardOutput.BaseStream.CopyToAsync(file, TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.Equal(0, process.ExitCode);
        }

        string set = ((await ExternalTool.RunAsync("hivexget", hive, @"\Select", "Current")).Trim()[^1]).ToString();
        Assert.Equal("\"Start\"=dword:00000003", (await ExternalTool.RunAsync("hivexget", hive, $@"\ControlSet00{set}\Services\cdrom")).Split('\n').Single(static line => line.StartsWith("\"Start\"", StringComparison.Ordinal)).Trim());
        Assert.Equal("SCSI CDROM Class, changed", (await ExternalTool.RunAsync("hivexget", hive, $@"\ControlSet00{set}\Services\cdrom", "Group")).Trim());

        using OpenedImage original = Open(path, usesRepair: false);
        Dictionary<string, string> before = Files(original);
        Dictionary<string, string> after = Files(changed);
        Assert.Equal(before.Keys.Order(StringComparer.Ordinal), after.Keys.Order(StringComparer.Ordinal));
        Assert.EndsWith(@"\config\SYSTEM", Assert.Single(before, file => after[file.Key] != file.Value).Key, StringComparison.Ordinal);

        (int code, string output, string error) = await ExternalTool.TryRunAsync("ntfsfix", "-n", volume);
        Assert.True(code == 0, output + error);
    }

    [Fact]
    public async Task A_mounted_volume_lists_everything_as_before()
    {
        NtfsMount.SkipUnlessPossible();
        string path = Unpack("ready-dynamic.vhdx");
        using OpenedImage original = Open(path, usesRepair: false);
        Dictionary<string, string> before = Files(original, original.Windows!.Volume);
        Set(path, Cdrom, "Start", RegistryValueType.DWord, 3u);
        using OpenedImage changed = Open(path, usesRepair: true);
        string volume = await SaveVolumeAsync(changed, "mounted.ntfs");
        using NtfsMount mount = await NtfsMount.MountAsync(volume, "ro");
        Dictionary<string, string> after = Directory.EnumerateFiles(mount.FullName, "*", SearchOption.AllDirectories)
            .ToDictionary(file => Path.GetRelativePath(mount.FullName, file).Replace('/', '\\'), Hash, StringComparer.OrdinalIgnoreCase);
        Assert.Equal(before.Keys.Order(StringComparer.OrdinalIgnoreCase), after.Keys.Order(StringComparer.OrdinalIgnoreCase), StringComparer.OrdinalIgnoreCase);
        Assert.Equal(@"Windows\System32\config\SYSTEM", Assert.Single(before, file => after[file.Key] != file.Value).Key, StringComparer.OrdinalIgnoreCase);
    }

    [Fact]
    public void Changes_are_made_one_over_the_other_and_taken_back()
    {
        string path = Unpack("ready-dynamic.vhdx");
        Set(path, Cdrom, "Start", RegistryValueType.DWord, 3u);
        Set(path, Cdrom, "Start", RegistryValueType.DWord, 4u);
        Set(path, Cdrom, "Group", RegistryValueType.MultiString, new[] { "a", "b" });
        Assert.Equal((4u, "a"), (Read(path, Cdrom, "Start"), ((string[])Read(path, Cdrom, "Group")!)[0]));
        DiskRepair.Undo(path, 2);
        Assert.Equal((3u, "SCSI CDROM Class"), (Read(path, Cdrom, "Start"), Read(path, Cdrom, "Group")));
        Assert.Equal(DiskRepairProblem.RepairNotFound, Assert.Throws<DiskRepairException>(() => DiskRepair.Undo(path, 2)).Problem);
        DiskRepair.Undo(path);
        Assert.Empty(DiskRepair.List(path));
        Assert.False(File.Exists(path + ".azrepair"));
        Assert.Equal(DiskRepairProblem.RepairNotFound, Assert.Throws<DiskRepairException>(() => Open(path, usesRepair: true)).Problem);
    }

    [Fact]
    public void The_same_changes_fit_the_same_disk_in_another_container()
    {
        string path = Unpack("ready-dynamic.vhdx");
        Set(path, Cdrom, "Start", RegistryValueType.DWord, 3u);
        string other = Unpack("ready-fixed.vhd");
        File.Copy(path + ".azrepair", other + ".azrepair");
        Assert.Equal(3u, Read(other, Cdrom, "Start"));
        string foreign = Unpack("notready.vhdx");
        File.Copy(path + ".azrepair", foreign + ".azrepair");
        Assert.Equal(DiskRepairProblem.RepairOfAnotherDisk, Assert.Throws<DiskRepairException>(() => Open(foreign, usesRepair: true)).Problem);
    }

    [Fact]
    public void A_disk_that_was_started_since_is_refused()
    {
        string path = Unpack("ready.raw");
        Set(path, Cdrom, "Start", RegistryValueType.DWord, 3u);
        Assert.Equal(3u, Read(path, Cdrom, "Start"));
        long journal;
        using (OpenedImage image = Open(path, usesRepair: false))
        {
            byte[] volume = new byte[image.Windows!.Volume.Content.Length];
            image.Windows.Volume.Content.Read(0, volume);
            journal = image.Windows.Volume.Offset!.Value + NtfsLog.Find(volume).Offset;
        }

        using (FileStream disk = new(path, FileMode.Open, FileAccess.ReadWrite))
        {
            disk.Position = journal + 300;
            disk.WriteByte(0x55);
        }

        Assert.Equal(DiskRepairProblem.RepairOfAnotherDisk, Assert.Throws<DiskRepairException>(() => Open(path, usesRepair: true)).Problem);
    }

    [Fact]
    public void A_converted_disk_has_the_changes_and_nothing_else()
    {
        string path = Unpack("ready-dynamic.vhdx");
        Set(path, Cdrom, "Start", RegistryValueType.DWord, 3u);
        string destination = _folder.File("converted.vhd");
        using (OpenedImage image = Open(path, usesRepair: true))
        {
            VhdConverter.Prepare(image, destination).Run(cancellation: TestContext.Current.CancellationToken);
        }

        Assert.Equal(3u, Read(destination, Cdrom, "Start", usesRepair: false));
        using VirtualDisk before = DiskOpener.Open(path);
        using VirtualDisk after = DiskOpener.Open(destination);
        byte[] expected = new byte[before.Length];
        before.Read(0, expected);
        byte[] actual = new byte[before.Length];
        after.Read(0, actual);
        foreach (DiskExtent extent in DiskRepair.List(path).SelectMany(static repair => repair.Extents))
        {
            Assert.NotEqual(expected.AsSpan((int)extent.Offset, (int)extent.Length).ToArray(), actual.AsSpan((int)extent.Offset, (int)extent.Length).ToArray());
            actual.AsSpan((int)extent.Offset, (int)extent.Length).CopyTo(expected.AsSpan((int)extent.Offset));
        }

        Assert.True(expected.AsSpan().SequenceEqual(actual));
    }

    [Theory]
    [InlineData(@"HKLM\SAM\x", "RegistryHiveNotFound")]
    [InlineData(@"HKCU\Software", "RegistryHiveNotFound")]
    [InlineData(@"HKLM", "RegistryKeyNotFound")]
    [InlineData(@"HKLM\SYSTEM\Größe", "RegistryChangeNotSupported")]
    [InlineData(@"HKLM\SYSTEM\CurrentControlSet\Services\Gr\u00FC\u00DFe", "RegistryChangeNotSupported")]
    public void What_can_not_be_changed_is_told_and_nothing_is_kept(string key, string errorId)
    {
        string path = Unpack("ready-dynamic.vhdx");
        DiskException refusal = Assert.ThrowsAny<DiskException>(() => Set(path, key.Replace(@"\u00FC\u00DF", "\u00FC\u00DF", StringComparison.Ordinal), "v", RegistryValueType.DWord, 1u));
        Assert.Equal(errorId, refusal.ErrorId);
        Assert.False(File.Exists(path + ".azrepair"));
    }

    [Fact]
    public void What_is_so_already_is_not_kept()
    {
        string path = Unpack("ready-dynamic.vhdx");
        Assert.False(Set(path, Cdrom, "Start", RegistryValueType.DWord, 1u).IsChanged);
        Assert.False(File.Exists(path + ".azrepair"));
    }

    [Fact]
    public void A_change_that_is_not_kept_leaves_nothing()
    {
        string path = Unpack("ready-dynamic.vhdx");
        using (GuestRepair repair = GuestRepair.Open(path, cancellation: TestContext.Current.CancellationToken))
        {
            Assert.True(repair.Apply(new RegistryEdit(Cdrom, "Start", RegistryValueType.DWord, 3u))!.IsChanged);
        }

        Assert.Equal([path], Directory.GetFiles(_folder.FullName));
    }

    [Fact]
    public void Several_values_of_several_hives_are_one_change()
    {
        string path = Unpack("ready-dynamic.vhdx");
        using (GuestRepair repair = GuestRepair.Open(path, cancellation: TestContext.Current.CancellationToken))
        {
            Assert.True(repair.Apply(new RegistryEdit(Cdrom, "Start", RegistryValueType.DWord, 3u))!.IsChanged);
            Assert.Equal(Cdrom + @"\Group: String SCSI CDROM Class -> not there", repair.Apply(new RegistryEdit(Cdrom, "Group", null, null))!.ToString());
            Assert.False(repair.Apply(new RegistryEdit(Cdrom, "nosuch", null, null))!.IsChanged);
            Assert.Null(repair.Apply(new RegistryEdit(Cdrom + "2", "Start", RegistryValueType.DWord, 3u) { RequiresKey = true }));
            Assert.True(repair.Apply(new RegistryEdit(@"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion", "ProductName", RegistryValueType.String, "x"))!.IsChanged);
            repair.Keep("Several");
        }

        Assert.StartsWith("Several: HKLM", Assert.Single(DiskRepair.List(path)).Description, StringComparison.Ordinal);
        Assert.Equal((3u, "x"), (Read(path, Cdrom, "Start"), Read(path, @"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion", "ProductName")));
        using GuestRegistry registry = GuestRegistry.Open(Open(path, usesRepair: true));
        Assert.Throws<DiskItemException>(() => registry.Find(Cdrom, "Group").Count());
    }

    [Theory]
    [InlineData("ready-dynamic.vhdx", @"EFI\Microsoft\Boot\BCD")]
    [InlineData("mbr-dynamic.vhd", @"Boot\BCD")]
    public async Task The_boot_configuration_is_changed_where_firmware_finds_it(string disk, string file)
    {
        ExternalTool.SkipUnlessInstalled("hivexget", "fsck.fat", "mcopy", "ntfscat");
        const string key = @"HKLM\BCD00000000\Objects\{9dea862c-5cdd-4e70-acc1-f32b344d4795}\Elements\25000004";
        string path = Unpack(disk);
        Set(path, key, "Element", RegistryValueType.Binary, new byte[] { 7, 0, 0, 0, 0, 0, 0, 0 });
        using OpenedImage original = Open(path, usesRepair: false);
        using OpenedImage changed = Open(path, usesRepair: true);
        Dictionary<string, string> before = Files(original);
        Dictionary<string, string> after = Files(changed);
        Assert.Equal(before.Keys.Order(StringComparer.Ordinal), after.Keys.Order(StringComparer.Ordinal));
        Assert.EndsWith(file, Assert.Single(before, one => after[one.Key] != one.Value).Key, StringComparison.OrdinalIgnoreCase);

        DiskVolume volume = changed.Volumes.First(candidate => candidate.FileSystem?.GetEntry(file) is not null);
        string content = await SaveAsync(volume.Content, "boot.img");
        string hive = _folder.File("BCD");
        if (volume.Kind == FileSystemKind.Ntfs)
        {
            (int fixedCode, string fixedOutput, string fixedError) = await ExternalTool.TryRunAsync("ntfsfix", "-n", content);
            Assert.True(fixedCode == 0, fixedOutput + fixedError);
            using Stream bytes = volume.FileSystem!.OpenFile(file);
            await using FileStream copy = File.Create(hive);
            await bytes.CopyToAsync(copy, TestContext.Current.CancellationToken);
        }
        else
        {
            await ExternalTool.RunAsync("mcopy", "-i", content, "::/" + file.Replace('\\', '/'), hive);
            (int code, string output, string error) = await ExternalTool.TryRunAsync("fsck.fat", "-n", content);
            Assert.True(code == 0, output + error);
        }

        Assert.Contains("07,00,00,00,00,00,00,00", await ExternalTool.RunAsync("hivexget", hive, key[@"HKLM\BCD00000000".Length..]), StringComparison.Ordinal);
    }

    private static RegistryChange Set(string path, string key, string name, RegistryValueType type, object data)
    {
        using GuestRepair repair = GuestRepair.Open(path, cancellation: TestContext.Current.CancellationToken);
        RegistryChange change = repair.Apply(new RegistryEdit(key, name, type, data))!;
        repair.Keep();
        return change;
    }

    private static OpenedImage Open(string path, bool usesRepair) => OpenedImage.Open(path, new VirtualDiskOptions { UsesRepair = usesRepair });

    private static object? Read(string path, string key, string name, bool usesRepair = true)
    {
        using GuestRegistry registry = GuestRegistry.Open(Open(path, usesRepair));
        return Assert.Single(registry.Find(key, name)).Value!.Data;
    }

    private static Dictionary<string, string> Files(OpenedImage image)
        => image.Volumes.Where(static volume => volume.FileSystem is not null).SelectMany(volume => Files(image, volume).Select(file => KeyValuePair.Create($"{volume.Offset}:{file.Key}", file.Value))).ToDictionary(StringComparer.Ordinal);

    private static Dictionary<string, string> Files(OpenedImage image, DiskVolume volume)
    {
        Assert.NotNull(image);
        IFileSystem files = volume.FileSystem!;
        Dictionary<string, string> found = new(StringComparer.OrdinalIgnoreCase);
        Stack<string> folders = new([string.Empty]);
        while (folders.TryPop(out string? folder))
        {
            foreach (FileSystemEntry entry in files.Enumerate(folder))
            {
                if (entry is { IsDirectory: true, IsLink: false })
                {
                    folders.Push(entry.Path);
                }
                else if (!entry.IsLink)
                {
                    using Stream content = files.OpenFile(entry.Path);
                    found.Add(entry.Path, Convert.ToHexString(SHA256.HashData(content)));
                }
            }
        }

        return found;
    }

    private static string Hash(string path)
    {
        using FileStream file = File.OpenRead(path);
        return Convert.ToHexString(SHA256.HashData(file));
    }

    private string Unpack(string disk) => TestFile.Unpack($"disks/{disk}", _folder);

    private Task<string> SaveVolumeAsync(OpenedImage image, string name) => SaveAsync(image.Windows!.Volume.Content, name);

    private async Task<string> SaveAsync(IByteSource content, string name)
    {
        byte[] bytes = new byte[content.Length];
        content.Read(0, bytes);
        string path = _folder.File(name);
        await File.WriteAllBytesAsync(path, bytes, TestContext.Current.CancellationToken);
        return path;
    }
}
