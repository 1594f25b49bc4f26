using AzImageTools.Disks.Volumes;

namespace AzImageTools.Disks.Inspection;

/// <summary>
/// The root of a system that ostree deploys (Fedora CoreOS, RHEL for Edge and the like): a folder of its volume, into which the
/// machine's /var, /boot and the volume itself are mounted (ostree, "Deployments"). Of several the one written last counts.
/// </summary>
internal static class OstreeDeployment
{
    private const string Deployments = "ostree/deploy";
    private const int MaximumFolders = 64;

    /// <summary>The files of the deployment on a volume; null where it has none.</summary>
    /// <exception cref="DiskFormatException">The volume is damaged there.</exception>
    public static IFileSystem? Find(IFileSystem volume)
    {
        (string System, FileSystemEntry Root)? found = volume.Enumerate(Deployments)
            .Where(static system => system is { IsDirectory: true, IsLink: false })
            .Take(MaximumFolders)
            .SelectMany(system => volume.Enumerate($"{Deployments}/{system.Name}/deploy")
                .Where(static root => root is { IsDirectory: true, IsLink: false })
                .Take(MaximumFolders)
                .Select(root => ((string, FileSystemEntry)?)(system.Name, root)))
            .Where(deployment => LinuxIdentityReader.IsRoot(new FolderOfFileSystem(volume, deployment!.Value.Item2.Path)))
            .OrderByDescending(static deployment => deployment!.Value.Item2.LastWriteTime)
            .FirstOrDefault();
        return found is not var (name, root) ? null : new MountedFileSystem(
            new FolderOfFileSystem(volume, root.Path),
            [
                (["boot"], new FolderOfFileSystem(volume, "boot")),
                (["var"], new FolderOfFileSystem(volume, $"{Deployments}/{name}/var")),
                (["ostree"], new FolderOfFileSystem(volume, "ostree")),
                (["sysroot"], volume),
            ]);
    }
}
