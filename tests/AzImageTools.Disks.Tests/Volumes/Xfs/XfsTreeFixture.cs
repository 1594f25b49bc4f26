using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Volumes.Xfs;

/// <summary>One tree for all the volumes that are made of it.</summary>
public sealed class XfsTreeFixture : IDisposable
{
    private const int ManyFiles = 5200;

    private readonly TempFolder _folder = new();
    private readonly Lazy<Task<string>> _root;

    public XfsTreeFixture() => _root = new Lazy<Task<string>>(MakeAsync);

    public Task<string> CreateAsync() => _root.Value;

    public void Dispose() => _folder.Dispose();

    private async Task<string> MakeAsync()
    {
        string root = await LinuxTree.CreateAsync(_folder, ManyFiles);

        // mkfs.xfs writes holes as zeros.
        File.Delete(Path.Combine(root, "sizes", "far.bin"));
        XfsTree.ReplaceBlanks(root);
        return root;
    }
}
