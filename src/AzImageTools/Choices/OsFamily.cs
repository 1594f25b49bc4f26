namespace AzImageTools.Choices;

/// <summary>Operating systems, by Azure's names.</summary>
public enum OsFamily
{
    /// <summary>Windows.</summary>
    Windows,

    /// <summary>Linux.</summary>
    Linux,
}
