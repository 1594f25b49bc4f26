namespace AzImageTools.Services.Upload;

/// <summary>What is where a disk is to be uploaded to.</summary>
internal enum TargetState
{
    /// <summary>Nothing that matters: the target is to be created.</summary>
    ToCreate,

    /// <summary>What the interrupted upload left: it is written on.</summary>
    ToContinue,

    /// <summary>What an upload left that no journal here tells of: what of it is the disk's is kept, the rest written on.</summary>
    ToTakeOver,

    /// <summary>The upload has ended already.</summary>
    Ended,
}
