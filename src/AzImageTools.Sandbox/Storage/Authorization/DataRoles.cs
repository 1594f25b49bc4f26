using AzImageTools.Sandbox.Configuration;

namespace AzImageTools.Sandbox.Storage.Authorization;

/// <summary>Refuses what the roles of who signs in do not allow (Microsoft Learn, "Authorize with Microsoft Entra ID", permissions for blob service operations).</summary>
internal sealed class DataRoles(SandboxAccess access)
{
    private const string Container = "Microsoft.Storage/storageAccounts/blobServices/containers/";

    /// <summary>Refuses a request with a token. What is done to the service, to containers themselves and to blobs' tags is not checked.</summary>
    /// <param name="need">What a signature would have to allow.</param>
    /// <param name="account">The account that is asked.</param>
    public void Check(AccessNeed need, StorageAccount account)
    {
        if (ActionOf(need) is { } action && !access.AllowsData(action, account.Settings.ResourceId))
        {
            throw StorageException.PermissionMismatch();
        }
    }

    /// <summary>
    /// Refuses a request with a signature of a disk or snapshot whose <c>dataAccessAuthMode</c> is AzureActiveDirectory
    /// (https://learn.microsoft.com/azure/virtual-machines/disks-secure-upload-download). By which of the two a signature that writes is read is not documented: here by that of the upload.
    /// </summary>
    /// <param name="id">The disk or snapshot.</param>
    /// <param name="isUpload">Whether the signature is that of an upload.</param>
    public void CheckDisk(string id, bool isUpload)
    {
        if (!access.AllowsData("Microsoft.Compute/" + (id.IndexOf("/snapshots/", StringComparison.OrdinalIgnoreCase) < 0 ? "disks" : "snapshots") + (isUpload ? "/upload/action" : "/download/action"), id))
        {
            throw StorageException.PermissionMismatch();
        }
    }

    private static string? ActionOf(AccessNeed need)
        => !need.ByService ? null
            : need.AnyOf switch
            {
                "r" or "l" => Container + "blobs/read",
                "d" => Container + "blobs/delete",
                _ => need.Level == 'o' && need.AnyOf is not "t" ? Container + "blobs/write" : null,
            };
}
