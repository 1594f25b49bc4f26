namespace AzImageTools.Services.Upload;

/// <summary>Where a disk is to be uploaded to.</summary>
public abstract record UploadTarget
{
    private protected UploadTarget()
    {
    }

    /// <summary>
    /// Overwrites a page blob that is there, and takes over a managed disk that an upload of this module left, also where no
    /// journal tells of it; otherwise that is an error. A managed disk whose upload has ended is always one.
    /// </summary>
    public bool Force { get; init; }
}
