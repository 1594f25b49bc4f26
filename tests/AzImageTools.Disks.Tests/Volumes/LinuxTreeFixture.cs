using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Volumes;

/// <summary>One tree for all the volumes that are made of it.</summary>
public sealed class LinuxTreeFixture : IDisposable
{
    private const int ManyFiles = 1500;

    private readonly TempFolder _folder = new();
    private readonly Lazy<Task<string>> _root;

    public LinuxTreeFixture() => _root = new Lazy<Task<string>>(() => LinuxTree.CreateAsync(_folder, ManyFiles));

    public Task<string> CreateAsync() => _root.Value;

    public void Dispose() => _folder.Dispose();
}
