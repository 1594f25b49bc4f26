namespace AzImageTools.Readiness;

/// <summary>What a failing rule means for the image, from harmless to grave.</summary>
public enum FindingSeverity
{
    /// <summary>Worth knowing; nothing will fail for it.</summary>
    Information,

    /// <summary>The image can be made, but something may not work as it should. Does not change the verdict.</summary>
    Warning,

    /// <summary>Sysprep, the upload or the first start in Azure fails: the verdict is NotReady.</summary>
    Blocker,
}
