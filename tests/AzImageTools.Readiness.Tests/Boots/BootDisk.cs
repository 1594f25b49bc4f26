using AzImageTools.TestKit;

namespace AzImageTools.Readiness.Tests.Boots;

/// <summary>A disk of a test's own, changed from outside by e2fsprogs and mtools: none of our code writes it.</summary>
/// <param name="Path">The file, raw.</param>
public sealed record BootDisk(string Path)
{
    /// <summary>Its length in bytes.</summary>
    public const long Length = 2L << 30;

    /// <summary>Where GRUB's partition for BIOS begins.</summary>
    public const long BiosOffset = 1L << 20;

    /// <summary>Where the EFI system partition begins.</summary>
    public const long SystemOffset = 2L << 20;

    /// <summary>Where the root volume begins.</summary>
    public const long RootOffset = 50L << 20;

    /// <summary>The EFI system partition's serial number.</summary>
    public const string SystemId = "AABB-CCDD";

    /// <summary>What the kernel is given.</summary>
    public const string Parameters = $"root=UUID={BootFolder.RootUuid} ro console=tty0 console=ttyS0,115200 earlyprintk=ttyS0,115200";

    /// <summary>What is mounted.</summary>
    public const string Mounts = $"UUID={BootFolder.RootUuid} / ext4 rw,discard,errors=remount-ro 0 1\nUUID={SystemId} /boot/efi vfat umask=0077 0 1\n";

    /// <summary>Puts a text file in the place of what is there, or makes it; its folder is there.</summary>
    public async Task WriteAsync(string path, string text)
    {
        using TempFolder folder = new();
        string local = folder.File("text");
        await File.WriteAllTextAsync(local, text);
        if (await ExistsAsync(path))
        {
            await RunAsync($"rm {path}");
        }

        await RunAsync($"write {local} {path}");
    }

    /// <summary>Makes a folder.</summary>
    public Task MakeFolderAsync(string path) => RunAsync($"mkdir {path}");

    /// <summary>Deletes a file.</summary>
    public Task DeleteAsync(string path) => RunAsync($"rm {path}");

    /// <summary>Deletes a file of the EFI system partition.</summary>
    public Task DeleteFromSystemAsync(string path) => ExternalTool.RunAsync("mdel", "-i", $"{Path}@@{SystemOffset}", $"::{path}");

    /// <summary>Makes a text file on the EFI system partition.</summary>
    public async Task WriteToSystemAsync(string path, string text)
    {
        using TempFolder folder = new();
        await File.WriteAllTextAsync(folder.File("text"), text);
        await ExternalTool.RunAsync("mcopy", "-i", $"{Path}@@{SystemOffset}", folder.File("text"), $"::{path}");
    }

    /// <summary>Overwrites bytes with zeros.</summary>
    public void Clear(long offset, int length)
    {
        using FileStream file = File.OpenWrite(Path);
        file.Position = offset;
        file.Write(new byte[length]);
    }

    private string Root => $"{Path}?offset={RootOffset}";

    private async Task<bool> ExistsAsync(string path) => (await ExternalTool.TryRunAsync("debugfs", "-R", $"stat {path}", Root)).Output.Contains("Inode:", StringComparison.Ordinal);

    // debugfs ends with 0 whatever came of it, and tells of errors.
    private async Task RunAsync(string command)
    {
        (_, string output, string error) = await ExternalTool.TryRunAsync("debugfs", "-w", "-R", command, Root);
        string[] lines = [.. error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(static line => !line.StartsWith("debugfs ", StringComparison.Ordinal))];
        Assert.True(lines.Length == 0, $"debugfs {command}: {output}{error}");
    }
}
