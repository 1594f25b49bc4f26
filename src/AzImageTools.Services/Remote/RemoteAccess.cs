using AzImageTools.Disks;
using AzImageTools.Disks.Images;
using AzImageTools.Services.Upload.Target;
using Azure.Storage.Blobs.Specialized;

namespace AzImageTools.Services.Remote;

/// <summary>Access to the bytes of a disk in Azure, which a plan gave: to be opened once, whereupon the disk takes it back at the end.</summary>
public sealed class RemoteAccess
{
    private readonly DiskFormat _format;

    internal RemoteAccess(PageBlobClient blob, string name, DiskFormat format)
    {
        Blob = blob;
        _format = format;
        Name = name;
    }

    /// <summary>What was asked for, without a secret.</summary>
    public string Name { get; }

    /// <summary>Whether the disk may have been taken of a running machine.</summary>
    public bool IsCrashConsistent { get; internal init; }

    /// <summary>Reads the bytes.</summary>
    internal PageBlobClient Blob { get; }

    /// <summary>What signs the address of a managed disk or snapshot; null for blobs.</summary>
    internal DiskSignature? Signature { get; init; }

    /// <summary>Takes back what the plan took; null where that is nothing.</summary>
    internal Func<OperationContext, Task>? Release { get; init; }

    /// <summary>Opens the disk. Where that fails, what the plan took is taken back.</summary>
    /// <param name="context">Log, cancellation, clock. Its token ends reading too, as long as the disk is open.</param>
    /// <exception cref="ImageServiceException">It can't be read.</exception>
    /// <exception cref="DiskFormatException">It is no disk image of that format.</exception>
    public async Task<RemoteDisk> OpenAsync(OperationContext context)
    {
        RemoteBytes? bytes = null;
        try
        {
            bytes = await RemoteBytes.OpenAsync(Blob, Name, context).ConfigureAwait(false);
            return new RemoteDisk(this, bytes, OpenedImage.Open(bytes, _format), () => ReleaseAsync(context));
        }
        catch
        {
            bytes?.Dispose();
            await ReleaseAsync(context).ConfigureAwait(false);
            throw;
        }
    }

    private Task ReleaseAsync(OperationContext context) => Release is null ? Task.CompletedTask : Release(context);
}
