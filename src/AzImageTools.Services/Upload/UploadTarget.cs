namespace AzImageTools.Services.Upload;

/// <summary>Where a disk is to be uploaded to.</summary>
public abstract record UploadTarget
{
    private protected UploadTarget()
    {
    }
}
