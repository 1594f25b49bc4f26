namespace AzImageTools.Choices;

/// <summary>What each access to a managed disk's content needs beside the signature, by Azure's names.</summary>
public enum DiskDataAccessAuth
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>A sign-in with Entra ID.</summary>
    AzureActiveDirectory,
}
