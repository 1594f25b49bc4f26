namespace AzImageTools.Readiness.Rules;

/// <summary>What a guest should be ready for.</summary>
[Flags]
public enum ReadinessPurpose : long
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Generalizing a Windows with Sysprep. Does not concern Linux, and its rules no longer concern a guest that is generalized.</summary>
    Sysprep = 1,

    /// <summary>Uploading its disk and running machines made from it in Azure.</summary>
    AzureUpload = 2,

    /// <summary>Making many machines from a Linux: nothing of the one machine is left, as "waagent -deprovision+user" leaves it. Does not concern Windows.</summary>
    Deprovision = 4,

    /// <summary>Generalizing in the guest's own way, uploading and running.</summary>
    All = Sysprep | AzureUpload | Deprovision,
}
