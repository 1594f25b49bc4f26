namespace AzImageTools.Disks.Inspection;

/// <summary>Which operating system is installed on a disk. What is not known is null; texts are the guest's.</summary>
public sealed record GuestIdentity
{
    /// <summary>The family.</summary>
    public required GuestFamily Family { get; init; }

    /// <summary>The product's name, such as "Windows Server 2022 Datacenter".</summary>
    public string? Product { get; init; }

    /// <summary>The version as its maker counts, such as "10.0.20348.2488".</summary>
    public string? Version { get; init; }

    /// <summary>The build number of a Windows.</summary>
    public int? Build { get; init; }

    /// <summary>The kind of installation of a Windows: Client, Server, Server Core, Nano Server.</summary>
    public string? InstallationType { get; init; }

    /// <summary>The processor architecture: x64, arm64 or x86.</summary>
    public string? Architecture { get; init; }

    /// <summary>The host's name.</summary>
    public string? HostName { get; init; }
}
