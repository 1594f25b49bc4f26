namespace AzImageTools.Services.Upload;

/// <summary>What the rules for disks that are to run in Azure mean for an upload.</summary>
public enum UploadReadiness
{
    /// <summary>What fails is told as warnings.</summary>
    Warn,

    /// <summary>The disk is uploaded only if its verdict is Ready.</summary>
    Require,

    /// <summary>Nobody looks.</summary>
    None,
}
