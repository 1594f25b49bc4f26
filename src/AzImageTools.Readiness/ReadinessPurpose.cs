namespace AzImageTools.Readiness;

/// <summary>What a guest should be ready for.</summary>
[Flags]
public enum ReadinessPurpose
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Generalizing it with Sysprep. Its rules no longer concern a guest that is generalized.</summary>
    Sysprep = 1,

    /// <summary>Uploading its disk and running machines made from it in Azure.</summary>
    AzureUpload = 2,

    /// <summary>Generalizing, uploading and running.</summary>
    All = Sysprep | AzureUpload,
}
