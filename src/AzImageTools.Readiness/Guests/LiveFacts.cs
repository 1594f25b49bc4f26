namespace AzImageTools.Readiness.Guests;

/// <summary>What only a running machine can tell. A fact that was not gathered is null.</summary>
public sealed record LiveFacts
{
    /// <summary>How often Windows can still be rearmed (SoftwareLicensingService.RemainingWindowsReArmCount).</summary>
    public int? RemainingRearmCount { get; init; }

    /// <summary>Whether Sysprep would run as LocalSystem: who asks, not who gathered the evidence.</summary>
    public bool? RunsAsLocalSystem { get; init; }

    /// <summary>Whether the machine is a member of a domain (NetGetJoinInformation).</summary>
    public bool? IsDomainJoined { get; init; }

    /// <summary>The devices and files that a running Linux swaps to.</summary>
    public IReadOnlyList<string>? SwapDevices { get; init; }

    /// <summary>The app packages that are installed for a user and not provisioned for all, by their full names (Get-AppxPackage -AllUsers).</summary>
    public IReadOnlyList<string>? UserOnlyAppPackages { get; init; }

    /// <summary>
    /// What is not well, a sentence each: system files (sfc), the WMI repository (winmgmt), another owner of port 3389, outdated
    /// integration services. None where all were looked at and are well.
    /// </summary>
    public IReadOnlyList<string>? HealthProblems { get; init; }

    /// <summary>Whether the built-in Administrator account (the SID that ends in -500) is enabled.</summary>
    public bool? IsAdministratorEnabled { get; init; }

    /// <summary>What a search for files that are encrypted with EFS found, where it was made on the machine.</summary>
    public EncryptedFileSearch? EncryptedFiles { get; init; }
}

/// <summary>What a search for files that are encrypted with EFS found, outside the folders of Windows and of programs.</summary>
public sealed record EncryptedFileSearch
{
    /// <summary>How many files and folders were looked at.</summary>
    public required int EntriesSeen { get; init; }

    /// <summary>Whether all were looked at.</summary>
    public required bool IsComplete { get; init; }

    /// <summary>Those that are encrypted, each with what it is: the first ten.</summary>
    public required IReadOnlyList<Observation> Found { get; init; }

    /// <summary>An encrypted file or folder as evidence.</summary>
    internal static Observation See(string path, bool isFolder) => new(path, isFolder ? "a folder that encrypts what is put into it" : "encrypted");
}
