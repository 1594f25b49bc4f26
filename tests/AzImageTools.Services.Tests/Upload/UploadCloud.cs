using AzImageTools.Sandbox;
using AzImageTools.Sandbox.Faults;
using AzImageTools.Services.Session;
using AzImageTools.Services.Tests.Session;
using AzImageTools.Services.Upload;
using AzImageTools.Services.Upload.Target;
using Azure;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;
using Azure.ResourceManager.Resources;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;

namespace AzImageTools.Services.Tests.Upload;

/// <summary>A session in a sandbox, to upload in.</summary>
internal sealed class UploadCloud : IDisposable
{
    private const string Group = "sandbox-rg";

    private UploadCloud(SandboxCloud cloud, ImageSession session)
    {
        Cloud = cloud;
        Session = session;
    }

    public static Uri BlobUri { get; } = new("https://sandboximages.blob.core.windows.net/vhds/web01.vhd");

    public SandboxCloud Cloud { get; }

    public ImageSession Session { get; }

    private static OperationContext Instantly => new() { Time = new InstantTime() };

    private ResourceGroupResource ResourceGroup => Session.Arm.GetResourceGroupResource(
        ResourceGroupResource.CreateResourceIdentifier(Session.Context.SubscriptionId, Group));

    /// <summary>Connects to a sandbox.</summary>
    /// <param name="cloud">The sandbox.</param>
    /// <param name="handler">What stands before it; null for nothing.</param>
    /// <param name="token">The token to send, where it matters.</param>
    /// <param name="isKnown">Whether the session knows that it is in this sandbox; else it takes it for Azure.</param>
    /// <param name="isKept">Whether the sandbox goes on after the session.</param>
    public static async Task<UploadCloud> ConnectAsync(SandboxCloud cloud, HttpMessageHandler? handler = null, string? token = null, bool isKnown = false, bool isKept = false)
    {
        ConnectRequest request = new()
        {
            Kind = token is null ? CredentialKind.Sandbox : CredentialKind.AzContext,
            Handler = handler ?? cloud.CreateHandler(),
            SandboxId = isKnown ? cloud.Id : null,
            IsSandboxKept = isKept,
            TokenProvider = token is null ? null : (_, _) => Task.FromResult(new AccessTokenResult(token, DateTimeOffset.UtcNow.AddHours(1))),
        };
        return new UploadCloud(cloud, await ImageSession.ConnectAsync(request, new OperationContext { Time = new InstantTime() }));
    }

    /// <summary>So many pages are taken, and the next is refused; on a managed disk also with the access that is asked for again.</summary>
    public static SandboxFault FailingPages(string kind, int after) => new()
    {
        Kind = SandboxFaultKind.Status,
        Method = "PUT",
        Operation = "page",
        After = after,
        Times = kind == "disk" ? 2 : 1,
        Status = 403,
        ErrorCode = "AuthorizationFailure",
    };

    public Task<VhdUpload> UploadAsync(
        string source, UploadTarget target, Func<UploadRequest, UploadRequest>? change = null, OperationContext? context = null, int throttleLimit = VhdUploader.DefaultThrottleLimit)
    {
        UploadRequest request = new() { Path = source, Target = target };
        return Uploads.RunAsync(Session, change is null ? request : change(request), context ?? OperationContext.None, throttleLimit);
    }

    public async Task ClearAsync(Uri blob, long offset, long length)
        => await Session.Storage.PageBlob(blob).ClearPagesAsync(new HttpRange(offset, length));

    public async Task DeleteAsync(string kind)
    {
        if (kind == "disk")
        {
            ManagedDiskResource disk = await RevokeAsync();
            await OperationWaiter.WaitAsync(await disk.DeleteAsync(WaitUntil.Started), Instantly);
        }
        else
        {
            await Session.Storage.PageBlob(BlobUri).DeleteAsync(DeleteSnapshotsOption.None);
        }
    }

    /// <summary>Ends the access to the disk, as somebody might in the portal.</summary>
    public async Task<ManagedDiskResource> RevokeAsync()
    {
        ManagedDiskResource disk = await ResourceGroup.GetManagedDiskAsync("web01");
        try
        {
            await OperationWaiter.WaitAsync(await disk.RevokeAccessAsync(WaitUntil.Started), Instantly);
        }
        catch (RequestFailedException exception) when (exception.ErrorCode == "InvalidVhd")
        {
            // The sandbox says what is missing, and ends the access all the same.
        }

        return disk;
    }

    /// <summary>Asks for write access to the disk.</summary>
    public async Task<Uri> GrantAsync(string name)
    {
        ManagedDiskResource disk = await DiskAsync(name);
        AccessUri access = await OperationWaiter.WaitAsync(await disk.GrantAccessAsync(WaitUntil.Started, new GrantAccessData(AccessLevel.Write, 3600)), Instantly);
        return new Uri(access.AccessSas);
    }

    /// <summary>Takes the lease from the blob, as somebody might who wants to write to it, or to delete it.</summary>
    public async Task BreakLeaseAsync(bool delete)
    {
        PageBlobClient blob = Session.Storage.PageBlob(BlobUri);
        await blob.GetBlobLeaseClient().BreakAsync(TimeSpan.Zero);
        if (delete)
        {
            await blob.DeleteAsync(DeleteSnapshotsOption.None);
        }
    }

    public async Task<ManagedDiskResource> DiskAsync(string name) => await ResourceGroup.GetManagedDiskAsync(name);

    public async Task<bool> HasDiskAsync(string name) => await ResourceGroup.GetManagedDisks().ExistsAsync(name);

    public void Dispose() => Session.Dispose();
}
