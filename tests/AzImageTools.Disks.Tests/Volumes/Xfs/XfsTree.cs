using System.Text;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Volumes.Xfs;

/// <summary>Makes XFS volumes of folders of this machine with mkfs.xfs.</summary>
internal static class XfsTree
{
    /// <summary>What stands for a blank, which the names of a prototype file can't have.</summary>
    public const string Blank = "\u00B7";

    /// <summary>Makes all names and links of a tree such as a prototype file can have.</summary>
    public static void ReplaceBlanks(string folder)
    {
        foreach (FileSystemInfo info in new DirectoryInfo(folder).EnumerateFileSystemInfos().ToArray())
        {
            string path = Path.Combine(folder, Replace(info.Name));
            if (info.LinkTarget is { } target)
            {
                info.Delete();
                File.CreateSymbolicLink(path, Replace(target));
            }
            else if (info is DirectoryInfo)
            {
                ReplaceBlanks(info.FullName);
                Move(info.FullName, path, Directory.Move);
            }
            else
            {
                Move(info.FullName, path, File.Move);
            }
        }
    }

    /// <summary>Makes a volume that holds what a folder does, the times left out.</summary>
    public static async Task<string> MakeAsync(TempFolder work, string tree, params string[] options)
    {
        StringBuilder prototype = new("boot\n0 0\nd--755 0 0\n");
        Append(prototype, new DirectoryInfo(tree));
        string file = work.File("prototype");
        await File.WriteAllTextAsync(file, prototype.ToString());
        string image = work.File("volume.img");
        await ExternalTool.RunAsync("mkfs.xfs", ["-q", "-f", "-p", file, .. options, "-d", $"file,name={image},size=400m"]);
        return image;
    }

    private static void Append(StringBuilder prototype, DirectoryInfo folder)
    {
        foreach (FileSystemInfo info in folder.EnumerateFileSystemInfos())
        {
            if (info.LinkTarget is { } target)
            {
                prototype.Append(info.Name).Append(" l--777 0 0 ").Append(target).Append('\n');
            }
            else if (info is DirectoryInfo below)
            {
                prototype.Append(info.Name).Append(" d--755 0 0\n");
                Append(prototype, below);
            }
            else
            {
                prototype.Append(info.Name).Append(" ---644 0 0 ").Append(info.FullName).Append('\n');
            }
        }

        prototype.Append("$\n");
    }

    private static string Replace(string text) => text.Replace(" ", Blank, StringComparison.Ordinal);

    private static void Move(string from, string to, Action<string, string> move)
    {
        if (from != to)
        {
            move(from, to);
        }
    }
}
