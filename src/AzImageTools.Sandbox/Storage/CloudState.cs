using AzImageTools.Sandbox.Configuration;

namespace AzImageTools.Sandbox.Storage;

/// <summary>What the services of one cloud share. Everything mutable is used under <see cref="Gate"/>; bytes of pages move outside it.</summary>
internal sealed class CloudState(SandboxOptions options) : IDisposable
{
    public object Gate { get; } = new();

    public SandboxOptions Options { get; } = options;

    public PageFolder Folder { get; } = options.StateFolder is { } kept
        ? new PageFolder(Path.Combine(kept, "pages"), isKept: true)
        : new PageFolder(options.StorageFolder, isKept: false);

    public DateTimeOffset Now => Options.TimeProvider.GetUtcNow();

    /// <summary>By name, in lower case as Azure has them.</summary>
    public Dictionary<string, StorageAccount> Accounts { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Granted access to managed disks, by host and path.</summary>
    public Dictionary<string, DiskGrant> Grants { get; } = new(StringComparer.OrdinalIgnoreCase);

    public void Dispose()
    {
        lock (Gate)
        {
            foreach (var container in Accounts.Values.SelectMany(account => account.Containers.Values))
            {
                container.Dispose();
            }

            Accounts.Clear();
            Grants.Clear();
        }

        Folder.Dispose();
    }
}
