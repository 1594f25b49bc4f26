using Azure.Storage.Blobs.Specialized;

namespace AzImageTools.Services.Upload;

/// <summary>Access to a target's pages.</summary>
/// <param name="Blob">The pages.</param>
/// <param name="LeaseId">The lease held while writing; null where there are none.</param>
/// <param name="IsNew">Whether the target was made anew because the one that was there can't be written on.</param>
internal sealed record UploadAccess(PageBlobClient Blob, string? LeaseId, bool IsNew = false);
