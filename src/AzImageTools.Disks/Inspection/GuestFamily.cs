namespace AzImageTools.Disks.Inspection;

/// <summary>A family of operating systems.</summary>
public enum GuestFamily
{
    /// <summary>One that is not recognised.</summary>
    Unknown,

    /// <summary>Windows, client or server.</summary>
    Windows,

    /// <summary>Linux, of any distribution.</summary>
    Linux,
}
