namespace AzImageTools.Services.Upload;

/// <summary>What an uploaded disk is in Azure.</summary>
public enum UploadTargetKind
{
    /// <summary>A page blob in a storage account.</summary>
    PageBlob,

    /// <summary>A managed disk.</summary>
    ManagedDisk,
}
