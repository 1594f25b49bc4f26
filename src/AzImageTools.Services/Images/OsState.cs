namespace AzImageTools.Services.Images;

/// <summary>Whether an image's OS still is the machine that it was taken from.</summary>
public enum OsState
{
    /// <summary>It gave up its identity (Sysprep, waagent -deprovision); each VM made of it gets a name and users of its own.</summary>
    Generalized,

    /// <summary>It kept its name, users and settings.</summary>
    Specialized,
}
