namespace AzImageTools.Disks.Registry;

/// <summary>How what is read of a hive relates to the last changes made to it (regf specification, "Dirty state of a hive").</summary>
public enum HiveState : long
{
    /// <summary>The last write was completed; its logs are not needed.</summary>
    Clean,

    /// <summary>The last write was not completed; what its logs hold is read in its place, as Windows would recover it.</summary>
    Recovered,

    /// <summary>The last write was not completed, and no log completes it: what is read may be older than it, or partly written.</summary>
    Dirty,
}
