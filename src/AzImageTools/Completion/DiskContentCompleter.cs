using System.Management.Automation;
using AzImageTools.Disks;
using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Images;
using AzImageTools.Disks.Items;
using AzImageTools.Disks.Volumes;

namespace AzImageTools.Completion;

/// <summary>Completes names of what is on the disk image that was given before, by -Path or -LiteralPath.</summary>
public abstract class DiskContentCompleter : PromptNameCompleter
{
    /// <summary>More names than anybody reads through.</summary>
    private const int MostNames = 500;

    private protected DiskContentCompleter()
    {
    }

    private protected sealed override (object Key, Func<CancellationToken, IReadOnlyList<CompletedName>> List)? Prepare(CompletionRequest request)
    {
        if ((request.Read("LiteralPath") ?? request.Read("Path")) is not { Length: > 0 } path || Resolve(path) is not { } file)
        {
            return null;
        }

        VirtualDiskOptions options = new() { ParentPath = request.Read("ParentPath") is { } parent ? Resolve(parent) : null };
        string? volume = request.Read("Volume");
        string folder = FolderOf(request.Word);
        return ((file, options.ParentPath, volume, folder), cancellation =>
        {
            OpenedImage image = OpenedImage.Open(file, options, cancellation);
            return [.. List(image, volume, folder).Take(MostNames)];
        }
        );
    }

    /// <summary>The part of what was typed that is not completed any more: all up to the last separator.</summary>
    private protected virtual string FolderOf(string word) => string.Empty;

    /// <summary>The names right in a folder, each with the folder before it.</summary>
    /// <param name="image">The disk image, which is closed here.</param>
    /// <param name="volume">The volume that was given.</param>
    /// <param name="folder">What <see cref="FolderOf"/> says.</param>
    private protected abstract IEnumerable<CompletedName> List(OpenedImage image, string? volume, string folder);

    private static string? Resolve(string path)
    {
        using PowerShell shell = PowerShell.Create(RunspaceMode.CurrentRunspace);
        return shell.AddCommand("Microsoft.PowerShell.Management\\Resolve-Path").AddParameter("Path", path).AddParameter("ErrorAction", ActionPreference.Ignore)
            .Invoke<PathInfo>().FirstOrDefault() is { Provider.Name: "FileSystem" } found ? found.ProviderPath : null;
    }
}

/// <summary>Completes the volumes of a disk image: the number of their partition, or the path of a logical volume.</summary>
public sealed class DiskVolumeCompleter : DiskContentCompleter
{
    private protected override IEnumerable<CompletedName> List(OpenedImage image, string? volume, string folder)
    {
        using (image)
        {
            foreach (DiskVolume found in image.Volumes)
            {
                if ((found.LogicalVolumeName ?? found.Partition?.Number.ToString(System.Globalization.CultureInfo.InvariantCulture)) is { } name)
                {
                    yield return new CompletedName(name, $"{found.Kind}, {ByteSize.Format(found.Content.Length)} {found.Label}".TrimEnd());
                }
            }
        }
    }
}

/// <summary>Completes the paths of files and folders on a disk image.</summary>
public sealed class DiskItemPathCompleter : DiskContentCompleter
{
    private protected override string FolderOf(string word) => word.Substring(0, word.LastIndexOfAny(['\\', '/']) + 1);

    private protected override IEnumerable<CompletedName> List(OpenedImage image, string? volume, string folder)
    {
        using DiskItems items = new(image);
        foreach (Found<DiskItem> found in items.Find(folder + "*", volume))
        {
            if (found.Value is { } item)
            {
                yield return new CompletedName(folder + Wildcard.Escape(item.Name), item.IsDirectory ? "Folder" : ByteSize.Format(item.Length));
            }
        }
    }
}

/// <summary>Completes the keys of the registry on a disk image.</summary>
public sealed class DiskRegistryKeyCompleter : DiskContentCompleter
{
    private static readonly string[] Roots = ["HKLM", "HKU", "HKCR"];

    private protected override string FolderOf(string word) => word.Substring(0, word.LastIndexOf('\\') + 1);

    private protected override IEnumerable<CompletedName> List(OpenedImage image, string? volume, string folder)
    {
        using GuestRegistry registry = GuestRegistry.Open(image, volume);
        foreach (string key in folder.Length == 0 ? Roots : registry.FindKeysBelow(folder))
        {
            yield return new CompletedName(key, key);
        }
    }
}
